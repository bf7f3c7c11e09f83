import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientOf, evenly } from './client.ts'

/** Asked of this process by the bench: to ask so often, and to tell how many answers said which status. */
export interface Hammering {
  port: number
  path: string
  token: string
  aSecond: number
  seconds: number
}

/*
 * A process of its own, so that who hammers costs who measures nothing but the machine. It also answers, as barely as can be, at the
 * port that it tells first: what is slower beside that is slower for the requests, not for what Tidemark does with them.
 */
const bare = createServer((_request, response) => response.writeHead(429).end())
bare.listen(0, '127.0.0.1')
await once(bare, 'listening')

async function hammer({ port, path, token, aSecond, seconds }: Hammering): Promise<void> {
  const client = clientOf(port)
  const statuses = await evenly(aSecond, seconds, () => client(path, token))
  client.close()
  process.send!(statuses)
}

process.on('message', (asked: Hammering) => void hammer(asked))
process.on('disconnect', () => process.exit())
process.send!((bare.address() as AddressInfo).port)
