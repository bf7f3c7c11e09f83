import { collectDefaultMetrics, Counter, Histogram, type Registry } from 'prom-client'
import { QUEUES } from '../job.ts'
import { deliveryResults, jobResults, onMeasured, slotResults } from '../measurements.ts'

/** Everything from an answer out of rollups to one that runs into its time limit. */
const ANSWERS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const WORK = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 240, 900, 3600]
const BUCKET = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
const DRAWING = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]
const DELAY = [15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 21_600, 86_400, 172_800]
/** What can come of buckets: days and months are added up from hours, which cannot fail. */
const BUCKETS = [
  ...(['hour', 'day', 'month'] as const).map((granularity) => ({ granularity, result: 'rolled' })),
  { granularity: 'hour', result: 'failed' },
]
const SLOTS = slotResults.map((result) => ({ result }))
const DELIVERIES = deliveryResults.map((state) => ({ state }))

/**
 * The figures of this process, observed where things happen. Labels are names that the code knows: routes, queues, results.
 * What is counted by results is there with 0 from the start: Prometheus sees no rise in a series that appears with a 1, so a
 * rule on refused mails would not sound for the first one.
 * @returns stops the observation
 */
export function observeProcess(registry: Registry): () => void {
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: readonly L[] = []) =>
    new Histogram({ name, help, buckets, labelNames, registers })
  const counter = <L extends string>(name: string, help: string, series: readonly Record<L, string>[]) => {
    const counted = new Counter<L>({ name, help, labelNames: Object.keys(series[0] ?? {}) as L[], registers })
    for (const labels of series) counted.inc(labels, 0)
    return counted
  }

  const report = histogram('report_request_duration_seconds', 'Time to answer a report', ANSWERS, ['route', 'source'])
  const job = histogram('job_duration_seconds', 'Time of one run of a job', WORK, ['queue', 'result'])
  const bucket = histogram('rollup_bucket_duration_seconds', 'Time to recompute one bucket', BUCKET)
  const buckets = counter('rollup_buckets_total', 'Buckets recomputed, or failed to', BUCKETS)
  const render = histogram('digest_render_duration_seconds', 'Time to draw the files and pictures of a snapshot', DRAWING)
  const delay = histogram('digest_schedule_delay_seconds', 'From when a digest was due until its snapshot was taken', DELAY)
  const runs = counter('digest_runs_total', 'What became of slots of digests', SLOTS)
  const deliveries = counter('digest_deliveries_total', 'What became of attempts to deliver mail', DELIVERIES)
  for (const queue of QUEUES) for (const result of jobResults) job.zero({ queue, result })
  const stops = [
    onMeasured('report', ({ route, source, seconds }) => report.observe({ route, source }, seconds)),
    onMeasured('job', ({ queue, result, seconds }) => job.observe({ queue, result }, seconds)),
    onMeasured('roll', ({ granularity, buckets: n, seconds }) => {
      buckets.inc({ granularity, result: 'rolled' }, n)
      // Hours alone: the time of days and months is that of adding up hours.
      if (granularity === 'hour') for (let i = 0; i < n; i++) bucket.observe(seconds / n)
    }),
    onMeasured('unrolled', ({ granularity }) => buckets.inc({ granularity, result: 'failed' })),
    onMeasured('drawing', ({ seconds }) => render.observe(seconds)),
    onMeasured('slot', ({ result, late }) => {
      runs.inc({ result })
      if (result === 'composed') delay.observe(Math.max(0, late))
    }),
    onMeasured('delivery', ({ state }) => deliveries.inc({ state })),
  ]
  return () => stops.forEach((stop) => stop())
}
