import { stopwatch, type Instant } from '../../clock.ts'
import { isSqlState, many, maybeOne, sql, SQLSTATE, transaction, type Pool } from '../../db.ts'
import { errorReporter, failureOf } from '../../failure.ts'
import { measure } from '../../measurements.ts'
import { composeSlot, type Composed } from './compose-slot.ts'
import { judgePeriod } from './periods.ts'
import { LATEST } from './plan.ts'

const dueSlots = sql(import.meta.url, './due-slots.sql')
const notedFailure = sql(import.meta.url, './note-failure.sql')
const PAGE = 100
/** Seconds after which a run takes no further slot on; the next heartbeat goes on. */
const LONGEST_RUN = 240

interface DueSlot {
  id: number
  accountId: number
  digestId: number
  due: Instant
}

/** One digest only, instead of all that are due. */
export interface OneDigest {
  accountId: number
  digestId: number
}

export type Counts = Record<Composed | 'failed', number>

/**
 * Composes every slot that is due: see composeSlot. One that fails is tried again later and does not hold up the others.
 * Any number of workers may do this at once.
 * @param signal ends the run before the next slot
 */
export async function composeDueDigests(pool: Pool, now: Instant, only?: OneDigest, signal?: AbortSignal): Promise<Counts> {
  const counts: Counts = { composed: 0, waiting: 0, held: 0, skipped: 0, failed: 0 }
  const report = errorReporter('a digest cannot be composed')
  const elapsed = stopwatch()
  for await (const slot of slotsDue(pool, now, only)) {
    if (signal?.aborted || elapsed() > LONGEST_RUN) break
    try {
      const outcome = await composeSlot(pool, slot, now)
      if (!outcome) continue
      counts[outcome] += 1
      // A slot that waits is looked at every minute.
      if (outcome !== 'waiting') measure('slot', { result: outcome, late: now + elapsed() - slot.due })
    } catch (error) {
      counts.failed += 1
      measure('slot', { result: 'failed', late: now - slot.due })
      report(error as Error)
      await noteFailure(pool, slot, error as Error, now)
    }
  }
  return counts
}

/** Page by page, so that no number of slots that wait keeps those behind them from their turn. */
async function* slotsDue(pool: Pool, now: Instant, only?: OneDigest): AsyncGenerator<DueSlot> {
  const values = [now, PAGE, only?.accountId ?? null, only?.digestId ?? null]
  for (let after: DueSlot | undefined = { due: 0, accountId: 0, digestId: 0, id: 0 }; after;) {
    const { due, accountId, digestId, id }: DueSlot = after
    const page: DueSlot[] = await many<DueSlot & Record<string, unknown>>(pool, dueSlots, [
      ...values,
      due,
      accountId,
      digestId,
      id,
    ])
    yield* page
    after = page.length === PAGE ? page.at(-1) : undefined
  }
}

/**
 * Tried again after 1, 2, 4… minutes, at most an hour; given up when the slot is too old to be sent, unless it was held. Who
 * answers for the digest is told then.
 */
async function noteFailure(pool: Pool, { accountId, digestId, id }: DueSlot, error: Error, now: Instant): Promise<void> {
  const reason = isSqlState(error, SQLSTATE.statementTimeout)
    ? 'counting the figures took longer than the database allows for a statement'
    : failureOf(error).message
  await transaction(pool, async (tx) => {
    const noted = await maybeOne<{ state: string }>(tx, notedFailure, [accountId, id, reason.slice(0, 500), now, LATEST])
    if (noted?.state === 'missed') await judgePeriod(tx, accountId, digestId, id, now)
  })
}
