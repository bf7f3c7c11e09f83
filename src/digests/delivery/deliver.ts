import { stopwatch, type Instant } from '../../clock.ts'
import { many, maybeOne, run, sql, type Pool } from '../../db.ts'
import { reasonOf } from '../../failure.ts'
import { log } from '../../log.ts'
import { measure } from '../../measurements.ts'
import { attempt, type Claimed, type Workshop } from './attempt.ts'
import type { OneDigest } from '../composing/compose.ts'
import { MOST_ATTEMPTS, type Settlement } from './outcome.ts'
import { finishPeriods } from '../composing/periods.ts'
import { configuredRoute, openTransport, type MailRoute } from './send.ts'
import { LONGEST_ATTEMPT } from './smtp.ts'
import { tellOfStandstill } from './standstill.ts'

const accountsToDeliver = sql(import.meta.url, './accounts-to-deliver.sql')
const claimDelivery = sql(import.meta.url, './claim-delivery.sql')
const settleDelivery = sql(import.meta.url, './settle-delivery.sql')
const releaseDead = sql(import.meta.url, './release-dead.sql')

/** Longer than any attempt lasts: a row that is being sent for longer has lost its process. */
const LEASE = LONGEST_ATTEMPT + 300
/** Seconds after which a run takes nothing new on; the next heartbeat goes on. */
const LONGEST_RUN = 240
/** Mails on their way at once, each over a connection of its own; with a kill -9 as many may arrive twice, never more. */
export const LANES = 4

/** How many rows came to what; `postponed`: they wait for another try. */
export type Deliveries = Record<Exclude<Settlement['state'], 'queued'> | 'postponed', number>

export interface DeliverOptions {
  /** One digest only. */
  only?: OneDigest
  route?: MailRoute
  /** Stops the run before the next mail. */
  signal?: AbortSignal
}

/** One call of `deliverQueued`: what its lanes share. */
interface Run extends Workshop {
  options: DeliverOptions
  counts: Deliveries
  until: Instant
  /** Why the server takes nothing; then nobody else's mail would get further. */
  stuck: string | undefined
}

/**
 * Sends what is queued, each delivery in steps with their own transactions: claimed as `sending`, begun when the server asks
 * for it, settled. So a crash leaves at most the mails on their way in doubt. Any number of workers may do this at once: a
 * row is claimed by one. One bad address is one row; a server that cannot be reached ends the run, and the rows that met it
 * count as not tried.
 */
export async function deliverQueued(pool: Pool, now: Instant, options: DeliverOptions = {}): Promise<Deliveries> {
  const elapsed = stopwatch()
  const current: Run = {
    pool,
    options,
    transport: openTransport(options.route ?? configuredRoute(), LANES),
    counts: { sent: 0, written: 0, refused: 0, uncertain: 0, suppressed: 0, skipped: 0, postponed: 0 },
    // The instant as it goes by: leases count from when a row was claimed, not from when the run began.
    passing: () => now + elapsed(),
    until: now + LONGEST_RUN,
    stuck: undefined,
    known: new Map(),
  }
  try {
    for (const accountId of await accountsToLookAt(pool, now, options.only)) {
      await run(pool, releaseDead, [accountId, now - LEASE, now, MOST_ATTEMPTS])
      await Promise.all(Array.from({ length: LANES }, () => lane(current, accountId)))
      await finishPeriods(pool, accountId, current.passing())
      if (current.stuck !== undefined) await tellOfStandstill(pool, accountId, current.stuck, current.passing())
    }
  } finally {
    current.transport.close()
  }
  if (current.stuck !== undefined) log.warn({ reason: reasonOf(current.stuck) }, 'nothing gets through to the mail server')
  return current.counts
}

async function accountsToLookAt(pool: Pool, now: Instant, only?: OneDigest): Promise<number[]> {
  if (only) return [only.accountId]
  const rows = await many<{ id: number }>(pool, accountsToDeliver, [now, now - LEASE])
  return rows.map((row) => row.id)
}

/** Sends one mail of an account after the other until none is left or the run ends. */
async function lane(current: Run, accountId: number): Promise<void> {
  const { pool, options, passing, counts } = current
  while (current.stuck === undefined && !options.signal?.aborted && passing() < current.until) {
    const values = [accountId, passing(), passing(), options.only?.digestId ?? null]
    const claimed = await maybeOne<Claimed & Record<string, unknown>>(pool, claimDelivery, values)
    if (!claimed) return
    const { settlement, stuck } = await attempt(current, claimed)
    await write(pool, claimed, settlement, passing())
    const became = settlement.state === 'queued' ? 'postponed' : settlement.state
    counts[became] += 1
    measure('delivery', { state: became })
    if (stuck) current.stuck ??= settlement.error ?? 'unknown'
  }
}

async function write(pool: Pool, { accountId, id, attempts }: Claimed, settlement: Settlement, now: Instant): Promise<void> {
  const { state, nextAttemptAt, size } = settlement
  const finishedAt = state === 'queued' || state === 'uncertain' ? null : now
  const said = [settlement.error, settlement.response].map((text) => (text === null ? null : reasonOf(text).slice(0, 500)))
  const counted = [settlement.attempts, settlement.doubts, size]
  await run(pool, settleDelivery, [accountId, id, attempts, state, said[0], nextAttemptAt, finishedAt, ...counted, said[1]])
}
