import type { AddressInfo } from 'node:net'
import { within } from '../closing.ts'
import { config } from '../config.ts'
import type { Database } from '../database.ts'
import { openPool, type Pool } from '../db.ts'
import type { App } from '../http/app.ts'
import { buildServer } from '../http/server.ts'
import { log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Queues } from '../queue.ts'
import type { RunningWorker } from '../worker.ts'
import { readinessOf } from './probing.ts'

/** Seconds that requests under way get to be answered when a process stops. */
const GRACE = 20

interface Parts {
  pool: Pool
  metrics: Metrics
  /** The worker of the same process; without one the process needs no queue to do its work. */
  worker: RunningWorker | undefined
  /** The queues, where this process has them open. */
  queues: Pick<Queues, 'shown'> | undefined
}

/** Serves the API and the pages on the configured port. */
export async function serveWeb(database: Database, { pool, metrics, worker, queues }: Parts) {
  const readPool = openPool(database.url, { statementTimeout: config.reportTimeoutMs, applicationName: 'tidemark reports' })
  const app = buildServer({
    pool,
    readPool,
    ready: readinessOf(pool, worker),
    metrics: { metrics, token: config.metricsToken, open: config.production ? 'nobody' : 'loopback' },
    ...(config.queueUi && queues && { queuePages: { queues, environment: config.environment } }),
  })
  const close = async () => {
    await drain(app)
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

/** Takes no new requests and lets those under way end, streams too; after 20 s whatever is left is cut off. */
async function drain(app: App): Promise<void> {
  // A connection that is kept open after its last answer would be waited for as long as a request.
  const idle = setInterval(() => app.server.closeIdleConnections(), 100)
  const closed = app.close().finally(() => clearInterval(idle))
  if (await within(GRACE, closed)) return
  log.warn({ seconds: GRACE }, 'requests still run as the server closes; they are cut off')
  app.server.closeAllConnections()
  await closed
}
