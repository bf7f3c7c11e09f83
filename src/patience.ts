import { setTimeout as sleep } from 'node:timers/promises'
import { stopwatch } from './clock.ts'
import { isSqlState, SQLSTATE } from './db.ts'
import { Refusal } from './errors.ts'

/**
 * How long a change of tables in use waits for each lock. Writers queue up behind it, and it takes several locks, so that it
 * can deadlock with them: below the second after which PostgreSQL looks for deadlocks, it is never a writer that pays.
 */
export const LOCK_MILLISECONDS = 500
export const PATIENCE_SECONDS = 30

/**
 * Tries work that locks tables until it gets them, with pauses in which writers get on.
 * @param unchanged what has come of it when it was given up, as a sentence
 * @throws Refusal (503) when they were in use for `seconds` on end; nothing has changed then
 */
export async function patiently<T>(
  work: () => Promise<T>,
  seconds = PATIENCE_SECONDS,
  unchanged = 'Nothing has changed.',
): Promise<T> {
  const elapsed = stopwatch()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isSqlState(error, SQLSTATE.lockNotAvailable, SQLSTATE.deadlock)) throw error
      if (elapsed() > seconds) {
        const message = `The tables were in use all the time. ${unchanged} Try again when it is calmer.`
        throw new Refusal('locked', message, { status: 503, exitCode: 1 })
      }
      await sleep(500)
    }
  }
}
