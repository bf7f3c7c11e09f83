import { within } from '../closing.ts'
import { config } from '../config.ts'
import type { Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { buildProbeServer } from '../http/probe-server.ts'
import { log } from '../log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { pendingMigrations, schemaProblem } from '../migrations.ts'
import type { RunningWorker } from '../worker.ts'

/** Where workers answer probes unless they are told. */
const USUAL_PORT = 3001
/** Seconds that the queue's store may take to answer; a probe as a whole takes two. */
const PATIENCE = 1.5

/** Tells what keeps a process from its work: missing migrations; of a worker also a queue that does not answer. */
export function readinessOf(pool: Pool, worker?: Pick<RunningWorker, 'queues'>): () => Promise<string[]> {
  return async () => [...(await missingMigrations(pool)), ...(worker ? await unreachableQueue(worker) : [])]
}

async function missingMigrations(pool: Pool): Promise<string[]> {
  const problem = await schemaProblem(pool)
  if (problem) return [problem]
  const pending = await pendingMigrations(pool)
  return pending.length === 0 ? [] : [`Migrations are missing: ${pending.join(', ')}. Run \`tidemark migrate\`.`]
}

async function unreachableQueue({ queues }: Pick<RunningWorker, 'queues'>): Promise<string[]> {
  const store = config.redisUrl ? 'Redis' : 'PostgreSQL'
  const failed = [`The queue on ${store} cannot be reached.`]
  const answered = queues.counts().then(
    () => true,
    () => false,
  )
  if (!(await within(PATIENCE, answered))) return failed
  return (await answered) ? [] : failed
}

/** Answers probes of a worker process. Without a port of its own it does its work all the same: then nobody asked for it. */
export async function listenForProbes(parts: { pool: Pool; worker: RunningWorker; metrics: Metrics }) {
  const { pool, worker, metrics } = parts
  const access = { metrics, token: config.metricsToken, open: 'anyone' } as const
  const app = buildProbeServer({ pool, ready: readinessOf(pool, worker), metrics: access })
  const port = config.probePort ?? USUAL_PORT
  try {
    if (port !== 0) await app.listen({ host: config.host, port })
  } catch (error) {
    await app.close()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const inUse = `Port ${port} is in use, so nobody can probe this worker: give it another PROBE_PORT, or 0 for none.`
    if (config.probePort !== undefined) throw new Refusal('port_in_use', inUse, { exitCode: 1 })
    log.warn({ port }, inUse)
  }
  return {
    /** Answers 503 to who asks whether it is ready, until `work` is done. */
    async whileDraining(work: () => Promise<void>): Promise<void> {
      app.drain()
      await work()
      await app.close()
    },
  }
}
