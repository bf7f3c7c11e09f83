import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A stretch of network between a client and its server that a test can break. */
export interface Proxy {
  port: number
  /** Cuts every connection and refuses new ones. */
  down(): Promise<void>
  up(): Promise<void>
  /** From now on nothing gets through the present connections, but nobody is told: a pulled cable. New ones work. */
  freeze(): void
  close(): Promise<void>
}

/** Where to: a port of this machine, or the path of a socket. */
export async function startProxy(target: number | string): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer((client) => {
    const upstream = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target)
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => client.write(data))
    for (const [one, other] of [pair, pair.toReversed() as [Socket, Socket]]) {
      one.on('error', () => {})
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const down = () =>
    new Promise<void>((resolve) => {
      if (server.listening) server.close(() => resolve())
      else resolve()
      for (const [client] of pairs) client.destroy()
    })
  const freeze = () => pairs.forEach((pair) => pair.forEach((socket) => socket.pause()))
  return { port, down, up: () => listen(port), freeze, close: down }
}
