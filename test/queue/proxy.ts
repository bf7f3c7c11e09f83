import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A stretch of network between a client and its server that a test can break. */
export interface Proxy {
  port: number
  /** Cuts every connection and refuses new ones. */
  down(): Promise<void>
  up(): Promise<void>
  /**
   * From now on nothing gets through the present connections, but nobody is told: a pulled cable. Or only what the server
   * answers does not. New ones work.
   */
  freeze(what?: 'everything' | 'answers'): void
  /** New connections lead there; those that are open stay where they are. */
  leadTo(target: number | string): void
  close(): Promise<void>
}

/** Where to: a port of this machine, or the path of a socket. */
export async function startProxy(target: number | string): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>()
  let leadingTo = target
  const server = createServer((client) => {
    const upstream = typeof leadingTo === 'number' ? connect(leadingTo, '127.0.0.1') : connect(leadingTo)
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
  const freeze: Proxy['freeze'] = (what = 'everything') => {
    for (const [client, upstream] of pairs) {
      upstream.pause()
      if (what === 'everything') client.pause()
    }
  }
  return { port, down, up: () => listen(port), freeze, leadTo: (other) => void (leadingTo = other), close: down }
}

/** A proxy before the server of a URL, on TCP or on a socket, and the URL that leads through it. */
export async function proxyOf(url: string): Promise<{ proxy: Proxy; url: string }> {
  const proxy = await startProxy(addressOf(url))
  const through = new URL(url)
  through.searchParams.delete('host')
  through.hostname = '127.0.0.1'
  through.port = String(proxy.port)
  return { proxy, url: through.href }
}

/** Where a server is, by its URL. */
export function addressOf(url: string): number | string {
  const { port, searchParams } = new URL(url)
  const directory = searchParams.get('host')
  return directory ? `${directory}/.s.PGSQL.${port || 5432}` : Number(port)
}
