import { stopwatch, type Instant } from '../clock.ts'
import { many, maybeOne, run, sql, type Pool } from '../db.ts'
import { errorReporter, reasonOf } from '../failure.ts'
import { artefactsOf, type Artefacts } from './artefacts.ts'
import type { OneDigest } from './compose.ts'
import { mailOf } from './mail.ts'
import { settle, type Attempt, type Outcome } from './outcome.ts'
import { configuredRoute, openTransport, type MailRoute, type Transport } from './send.ts'
import { LONGEST_ATTEMPT } from './smtp.ts'
import { fileStem } from './snapshot-files.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotById } from './stored-snapshot.ts'

const claimDelivery = sql(import.meta.url, './claim-delivery.sql')
const settleDelivery = sql(import.meta.url, './settle-delivery.sql')
const releaseDead = sql(import.meta.url, './release-dead.sql')
const finishSlots = sql(import.meta.url, './finish-slots.sql')

/** Longer than any attempt lasts: a row that is being sent for longer has lost its process. */
const LEASE = LONGEST_ATTEMPT + 300
/** Seconds after which a run takes nothing new on; the next heartbeat goes on. */
const LONGEST_RUN = 240
/** Mails on their way at once; with a kill -9 as many may arrive twice, never more. */
const LANES = 4

interface Claimed extends Attempt {
  accountId: number
  id: string
  snapshotId: number
  recipient: string
  messageId: string
}

export type Deliveries = Record<'sent' | 'written' | 'refused' | 'uncertain' | 'postponed', number>

export interface DeliverOptions {
  /** One digest only. */
  only?: OneDigest
  route?: MailRoute
  /** Stops the run before the next mail. */
  signal?: AbortSignal
}

/** One call of `deliverQueued`: what its lanes share. */
interface Run {
  pool: Pool
  options: DeliverOptions
  transport: Transport
  counts: Deliveries
  /** The instant as it goes by: leases count from when a row was claimed, not from when the run began. */
  passing: () => Instant
  until: Instant
  /** Set when the server cannot be reached: then nobody else's mail would get further. */
  stopped: boolean
  drawn: Map<number, Promise<Drawn>>
}

interface Drawn {
  snapshot: Snapshot
  artefacts: Artefacts
}

/**
 * Sends what is queued, each delivery in three steps with their own transactions: claimed as `sending`, handed to the
 * server, settled. So a crash leaves at most the mails on their way in doubt. Any number of workers may do this at once: a
 * row is claimed by one. One bad address is one row; a server that cannot be reached ends the run, and the rows that met it
 * count as not tried.
 */
export async function deliverQueued(pool: Pool, now: Instant, options: DeliverOptions = {}): Promise<Deliveries> {
  const elapsed = stopwatch()
  const current: Run = {
    pool,
    options,
    transport: openTransport(options.route ?? configuredRoute(), LANES),
    counts: { sent: 0, written: 0, refused: 0, uncertain: 0, postponed: 0 },
    passing: () => now + elapsed(),
    until: now + LONGEST_RUN,
    stopped: false,
    drawn: new Map(),
  }
  try {
    for (const accountId of await accountsWithMail(pool, now, options.only)) {
      await run(pool, releaseDead, [accountId, now - LEASE, now])
      await Promise.all(Array.from({ length: LANES }, () => lane(current, accountId)))
      await run(pool, finishSlots, [accountId])
    }
  } finally {
    current.transport.close()
  }
  return current.counts
}

async function accountsWithMail(pool: Pool, now: Instant, only?: OneDigest): Promise<number[]> {
  if (only) return [only.accountId]
  const rows = await many<{ id: number }>(
    pool,
    `select account_id as id from tidemark.deliveries where next_attempt_at <= to_timestamp($1)
     union select account_id from tidemark.deliveries where state = 'sending' and claimed_at < to_timestamp($2)
     order by id`,
    [now, now - LEASE],
  )
  return rows.map((row) => row.id)
}

/** Sends one mail of an account after the other until none is left or the run ends. */
async function lane(current: Run, accountId: number): Promise<void> {
  const { pool, options, passing, counts } = current
  while (!current.stopped && !options.signal?.aborted && passing() < current.until) {
    const values = [accountId, passing(), passing(), options.only?.digestId ?? null]
    const claimed = await maybeOne<Claimed & Record<string, unknown>>(pool, claimDelivery, values)
    if (!claimed) return
    const outcome = await attempt(current, claimed)
    const { state, error, nextAttemptAt, attempts, doubts } = settle(outcome, claimed, passing(), Math.random())
    const finishedAt = state === 'queued' || state === 'uncertain' ? null : passing()
    const reason = error === null ? null : reasonOf(error).slice(0, 500)
    const { id } = claimed
    await run(pool, settleDelivery, [accountId, id, claimed.attempts, state, reason, nextAttemptAt, finishedAt, attempts, doubts])
    counts[state === 'queued' ? 'postponed' : state] += 1
    current.stopped ||= outcome.kind === 'unreachable'
  }
}

/** One attempt. What goes wrong before a server is reached (drawing, a broken snapshot) is tried again, a bounded number of times. */
async function attempt(current: Run, { accountId, id, snapshotId, recipient, messageId }: Claimed): Promise<Outcome> {
  try {
    const { snapshot, artefacts } = await drawn(current, accountId, snapshotId)
    const mail = mailOf(snapshot, artefacts, { deliveryId: id })
    const onBehalfOf = snapshot.account.name
    const file = `${fileStem(snapshot)}-${id}`
    return await current.transport.send({ file, messageId, recipient, onBehalfOf, mail, artefacts, date: current.passing() })
  } catch (error) {
    errorReporter('a digest cannot be sent')(error as Error)
    return { kind: 'again', error: (error as Error).message }
  }
}

/** Pictures and files are drawn once for all recipients of a snapshot. */
function drawn({ pool, drawn: known }: Run, accountId: number, snapshotId: number): Promise<Drawn> {
  const before = known.get(snapshotId)
  if (before) return before
  const drawing = snapshotById(pool, accountId, snapshotId).then(async (stored) => {
    if (!stored) throw new Error(`snapshot ${snapshotId} is gone`)
    return { snapshot: stored.snapshot, artefacts: await artefactsOf(stored.snapshot, stored.formats) }
  })
  // Lanes work on one account at a time, mostly on one snapshot of it: older ones only take memory.
  if (known.size > 3) known.clear()
  known.set(snapshotId, drawing)
  return drawing
}
