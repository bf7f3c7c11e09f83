import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { within } from '../closing.ts'
import { config } from '../config.ts'
import type { Database } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import type { App } from '../http/app.ts'
import { buildServer } from '../http/server.ts'
import { log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { RunningWorker } from '../worker.ts'
import { readinessOf } from './probing.ts'
import type { QueuesToShow } from './queues-to-show.ts'

/** Seconds from being told to stop until requests that are still under way are cut off. */
const GRACE = 20

interface Parts {
  pool: Pool
  metrics: Metrics
  /** The worker of the same process; without one the process needs no queue to do its work. */
  worker: RunningWorker | undefined
  /** Opens the queues, where a process without a worker shows them. */
  shown: Pick<QueuesToShow, 'open'> | undefined
}

/** Serves the API and the pages on the configured port. */
export async function serveWeb(database: Database, { pool, metrics, worker, shown }: Parts) {
  const queues = worker ? async () => worker.queues : shown?.open
  const readPool = openPool(database.url, { statementTimeout: config.reportTimeoutMs, applicationName: 'tidemark reports' })
  const app = buildServer({
    pool,
    readPool,
    ready: readinessOf(pool, worker),
    metrics: { metrics, token: config.metricsToken, open: config.production ? 'nobody' : 'loopback' },
    ...(config.queueUi && queues && { queuePages: { queues, environment: config.environment } }),
  })
  const close = async (drainSeconds = 0) => {
    await drain(app, drainSeconds)
    await readPool.end()
  }
  try {
    await app.listen({ host: config.host, port: config.port })
  } catch (error) {
    await close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo
  return { url: `http://${config.host}:${port}`, close }
}

/**
 * Says that it is not ready, and answers on while balancers notice. Then takes no new requests and lets those under way end,
 * streams too; after 20 s in all whatever is left is cut off.
 */
async function drain(app: App, drainSeconds: number): Promise<void> {
  if (drainSeconds > 0) {
    app.drain()
    await sleep(drainSeconds * 1000)
  }
  // A connection that is kept open after its last answer would be waited for as long as a request.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100)
  const closed = app.close().finally(() => clearInterval(idle))
  if (await within(GRACE - drainSeconds, closed)) return
  log.warn({ seconds: GRACE }, 'requests still run as the server closes; they are cut off')
  app.server.closeAllConnections()
  await closed
}
