import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { evenly } from './client.ts'

/** Asked of this process by the bench: to ask so often, and to tell how many answers said which status. */
export interface Hammering {
  port: number
  path: string
  token: string
  aSecond: number
  seconds: number
}

const CONNECTIONS = 10

/*
 * A process of its own, so that who hammers costs who measures nothing but the machine. It also answers, as barely as can be, at the
 * port that it tells first: what is slower beside that is slower for the requests, not for what Tidemark does with them.
 */
const bare = createServer((_request, response) => response.writeHead(429).end())
bare.listen(0, '127.0.0.1')
await once(bare, 'listening')

/**
 * Writes bytes to sockets: who hammers sits on another machine, and an HTTP client takes as much of this one as the server that
 * refuses it (0.7 ms), which others would notice as if the server had.
 */
async function hammer({ port, path, token, aSecond, seconds }: Hammering): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connected(port)))
  const answers = sockets.map(collect)
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\napi_access_token: ${token}\r\n`
  let asked = 0
  await evenly(aSecond, seconds, async () => void sockets[asked++ % CONNECTIONS]!.write(`${request}\r\n`))
  for (const socket of sockets) socket.write(`${request}Connection: close\r\n\r\n`)
  process.send!((await Promise.all(answers)).flat())
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** The statuses of all answers that a connection gives until it ends. */
async function collect(socket: Socket): Promise<number[]> {
  let text = ''
  for await (const chunk of socket.setEncoding('latin1')) text += chunk
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

process.on('message', (asked: Hammering) => void hammer(asked))
process.on('disconnect', () => process.exit())
process.send!((bare.address() as AddressInfo).port)
