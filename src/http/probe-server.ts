import type { Pool } from '../db.ts'
import type { App } from './app.ts'
import { emptyServer } from './empty-server.ts'
import { addMetrics, type MetricsAccess } from './metrics.ts'
import { addProbes } from './probes.ts'

export interface ProbeOptions {
  pool: Pool
  /** Sentences that say why this process cannot work; empty when it can. */
  ready: () => Promise<string[]>
  metrics: MetricsAccess
}

/** What a process without pages answers: `/livez`, `/readyz` and `/metrics`; not listening yet. */
export function buildProbeServer({ pool, ready, metrics }: ProbeOptions): App {
  const app = emptyServer()
  addProbes(app, pool, ready)
  addMetrics(app, metrics)
  return app
}
