import { endAnyway } from '../closing.ts'
import { config } from '../config.ts'
import { log } from '../log.ts'

/** Seconds from being told to end until a process that has not closed is ended; platforms kill after 30. */
const LAST_RESORT = 25

interface Stoppable {
  /** @param drainSeconds for how long a web process still takes requests */
  stop(drainSeconds: number): Promise<void>
}

/**
 * Waits for SIGTERM or Ctrl-C, then stops in order; one that comes while the process starts counts as well, because jobs may run
 * by then. Only SIGTERM lets new requests in for a moment longer: a platform sends it, whose balancer may not have noticed; who
 * presses Ctrl-C waits. A second one ends at once: whatever was under way is safe to be cut. What has not stopped in time is ended, too.
 */
export async function stopOnSignal(starting: Stoppable | Promise<Stoppable>, lastResort = LAST_RESORT): Promise<void> {
  const told = new Promise<NodeJS.Signals>((resolve) => {
    const tell = (signal: NodeJS.Signals) => {
      endAnyway(lastResort)
      resolve(signal)
    }
    process.once('SIGTERM', tell).once('SIGINT', tell)
  })
  const running = await starting
  const signal = await told
  process.once('SIGTERM', () => process.exit(130)).once('SIGINT', () => process.exit(130))
  log.info('stopping')
  await running.stop(signal === 'SIGTERM' ? config.drainSeconds : 0)
}
