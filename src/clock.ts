import { config } from './config.ts'

/** An instant: whole or fractional seconds since 1970-01-01T00:00:00Z. The domain knows no other kind of time. */
export type Instant = number

/**
 * The present instant, in seconds. The only place that asks the machine for the time: everything that depends on
 * "now" takes it as an argument, so that a job that runs late answers as it would have on time.
 * `TIDEMARK_CLOCK` freezes it (tests and comparisons; refused in production by the configuration).
 */
export function now(): Instant {
  return config.clock ?? Date.now() / 1000
}

/** A monotonic stopwatch in seconds for durations in logs and progress bars; never an instant. */
export function stopwatch(): () => number {
  const start = performance.now()
  return () => (performance.now() - start) / 1000
}
