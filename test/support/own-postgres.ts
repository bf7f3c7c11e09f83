import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPool, run } from '../../src/db.ts'
import { startPostgres, type EmbeddedPostgres } from '../../src/postgres/launcher.ts'
import { addressOf, startProxy, type Proxy } from '../queue/proxy.ts'

/** A way to a server, wherever it is after a restart. */
export interface Way {
  proxy: Proxy
  url(database: string): string
  close(): Promise<void>
}

/** A PostgreSQL of a test's own, which may be restarted. */
export interface OwnPostgres {
  /** The URL of a database by a way that the test leaves alone. */
  url(database: string): string
  /** Another way, to be broken. */
  openWay(): Promise<Way>
  /** Runs a statement in the database `postgres`. */
  run(statement: string): Promise<void>
  /** Stops the server. */
  stop(): Promise<void>
  /** Starts it again, on another socket, to which all ways lead. */
  start(): Promise<void>
  /** Stops it for good, and forgets its data. */
  close(): Promise<void>
}

/** Starts a server whose data nobody misses. A crash loses nothing that was committed: what it has written, the system has. */
export async function startOwnPostgres(settings: Record<string, string> = {}): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-own-'))
  await chmod(folder, 0o755)
  const start = () =>
    startPostgres({
      dataDir: join(folder, 'postgres'),
      durable: false,
      settings: { max_connections: '500', synchronous_commit: 'on', ...settings },
    })
  let server: EmbeddedPostgres = await start()
  const proxies = new Set<Proxy>()
  const openWay = async (): Promise<Way> => {
    const proxy = await startProxy(addressOf(server.url('postgres')))
    proxies.add(proxy)
    const close = async () => {
      proxies.delete(proxy)
      await proxy.close()
    }
    return { proxy, url: (database) => `postgresql://postgres@127.0.0.1:${proxy.port}/${database}`, close }
  }
  const plain = await openWay()
  return {
    url: plain.url,
    openWay,
    async run(statement) {
      const pool = openPool(plain.url('postgres'), { max: 1 })
      await run(pool, statement)
      await pool.end()
    },
    stop: () => server.stop(),
    async start() {
      server = await start()
      for (const proxy of proxies) proxy.leadTo(addressOf(server.url('postgres')))
    },
    async close() {
      await Promise.all([...proxies].map((proxy) => proxy.close()))
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until a statement is answered again. */
export async function answers(url: string): Promise<void> {
  const pool = openPool(url, { max: 1 })
  for (;;) {
    const error = await pool.query('select 1').then(
      () => undefined,
      (refused: Error) => refused,
    )
    if (!error) break
    await sleep(50)
  }
  await pool.end()
}
