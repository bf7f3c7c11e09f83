import { randomUUID } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { isSqlState, maybeOne, run, sql, SQLSTATE, transaction, type Client, type Pool } from '../../db.ts'
import { currentState } from '../../reports/rolled-state.ts'
import { isRawPurged } from '../../rollups/kept.ts'
import { zoneNamed } from '../../time/zones.ts'
import { messageIdOf } from '../audience/address.ts'
import { audienceOf, type Addressee, type Unreachable } from '../audience/audience.ts'
import { basisOf, type Basis } from '../snapshot/basis.ts'
import { readiness, rolledIn } from './completeness.ts'
import { reasonToSkip } from './conditions.ts'
import { findDigest, type Digest } from '../definition/digest.ts'
import { shownTo } from './lenses.ts'
import { screened } from '../audience/screen.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { storeSnapshot } from '../snapshot/stored-snapshot.ts'
import { snapshotsOn } from '../snapshot/snapshots-on.ts'
import { snapshotOn, wholeOf } from '../snapshot/take-snapshot.ts'
import { periodBetween } from '../schedule/window.ts'

const lockSlot = sql(import.meta.url, './lock-slot.sql')
const queueSql = sql(import.meta.url, './queue-deliveries.sql')

/** What became of a slot: `held` and `skipped` only when it has just become so. */
export type Composed = 'composed' | 'waiting' | 'held' | 'skipped'

interface Slot {
  id: number
  accountId: number
  digestId: number
  firstDate: string
  lastDate: string
  zone: string
  state: 'planned' | 'waiting_for_data' | 'held'
  editions: number
  /** Somebody wants it composed whatever is missing; when he wants it anew, also when there is nothing to say. */
  decision: 'released' | 'rerun' | null
  decidedBy: number | null
  due: Instant
  plannedAt: Instant
}

/**
 * Takes the snapshots of a slot whose period is rolled, one for each lens among its recipients and one of the whole digest,
 * and queues a delivery per recipient. All of it is one transaction on one moment of the database: either all is there or
 * nothing, and whoever composes the same slot at the same time finds it locked. A slot whose period is not rolled waits, then
 * is composed all the same, held or skipped as its digest says.
 * @param comparable false: without the period that it is compared with, where raw rows of that one were needed and purged
 * @returns undefined when somebody else composes it, or has
 */
export async function composeSlot(
  pool: Pool,
  { accountId, id }: { accountId: number; id: number },
  now: Instant,
  comparable = true,
): Promise<Composed | undefined> {
  try {
    return await transaction(
      pool,
      async (tx) => {
        const slot = await maybeOne<Slot & Record<string, unknown>>(tx, lockSlot, [accountId, id])
        return slot && compose(tx, slot, now, comparable)
      },
      'repeatable read',
    )
  } catch (error) {
    // Somebody has changed the slot between this transaction's moment and its lock.
    if (isSqlState(error, SQLSTATE.serializationFailure)) return undefined
    if (comparable && isRawPurged(error)) return composeSlot(pool, { accountId, id }, now, false)
    throw error
  }
}

async function compose(tx: Client, slot: Slot, now: Instant, comparable: boolean): Promise<Composed | undefined> {
  const digest = await findDigest(tx, slot.accountId, slot.digestId)
  const zone = await zoneNamed(tx, slot.zone)
  const period = periodBetween(zone, slot.firstDate, slot.lastDate)
  if (slot.decision === null) {
    const { missing } = rolledIn(await currentState(tx, slot.accountId), period, now)
    const ready = readiness({ ...slot, missing, patienceHours: digest.patienceHours }, now)
    if (ready === 'wait') return setState(tx, slot, 'waiting_for_data', 'the rollups of its period are not complete yet')
    if (ready === 'late' && digest.whenIncomplete !== 'send') return keepBack(tx, slot, digest)
  }
  const basis = await basisOf(tx, { digest, zone, period, edition: slot.editions + 1, comparable }, now)
  const whole = await snapshotOn(basis, wholeOf(digest))
  const reason = slot.decision === 'rerun' ? undefined : reasonToSkip(digest.condition, whole)
  if (reason !== undefined) return setState(tx, slot, 'skipped', reason)
  const { queued, unreachable } = await storeAll(basis, slot, digest, whole)
  return setState(tx, slot, queued > 0 ? 'composed' : 'done', noteOn(unreachable), basis.edition)
}

async function keepBack(tx: Client, slot: Slot, { whenIncomplete, patienceHours }: Digest): Promise<Composed | undefined> {
  const behind = `the rollups of its period were not complete after ${Number(patienceHours.toFixed(2))} h`
  if (whenIncomplete === 'skip') return setState(tx, slot, 'skipped', behind)
  return setState(tx, slot, 'held', `${behind}; it is composed when they are, or when somebody releases it`)
}

/** Stores the snapshots of all who are sent the digest and queues their mails. Tells how many, and who cannot be sent any. */
async function storeAll(basis: Basis, slot: Slot, digest: Digest, whole: Snapshot) {
  const { tx, edition } = basis
  const { addressees, unreachable } = await audienceOf(tx, slot.accountId, slot.digestId)
  const { send, withheld } = await screened(tx, slot.accountId, slot.digestId, addressees)
  const shown = await shownTo(tx, slot.accountId, digest.filter, send)
  const store = async (snapshot: Snapshot, lens: string) =>
    (await storeSnapshot(tx, snapshot, { slotId: slot.id, edition, lens }, digest.formats)).id
  const ids = new Map([['', await store(whole, '')]])
  const extents = new Map(shown.flatMap((each) => ('reason' in each || each.key === '' ? [] : [[each.key, each]])))
  for await (const [{ key }, snapshot] of snapshotsOn(basis, [...extents.values()])) ids.set(key, await store(snapshot, key))
  const items = [
    ...withheld.map(({ person, state, reason }): Item => ({ person, state, reason, snapshotId: null })),
    ...shown.map((extent): Item =>
      'reason' in extent
        ? { person: extent.viewer, state: 'skipped', reason: extent.reason, snapshotId: null }
        : { person: extent.viewer, state: 'queued', reason: null, snapshotId: ids.get(extent.key) as number },
    ),
  ]
  await queueDeliveries(basis, slot, items)
  return { queued: items.filter(({ state }) => state === 'queued').length, unreachable }
}

/** A row of the ledger to be. */
interface Item {
  person: Addressee
  state: 'queued' | 'suppressed' | 'skipped'
  /** Why nothing is sent to him. */
  reason: string | null
  snapshotId: number | null
}

/** One delivery for each addressee, due at once; for whom there is nothing to send, one that says why. */
async function queueDeliveries({ tx, edition, takenAt }: Basis, slot: Slot, items: readonly Item[]): Promise<void> {
  const ids = items.map(() => randomUUID())
  const place = [slot.accountId, slot.digestId, slot.id, edition, slot.decidedBy, takenAt]
  const column = <T>(of: (item: Item) => T) => items.map(of)
  await run(tx, queueSql, [
    ...place,
    ids,
    column(({ snapshotId }) => snapshotId),
    column(({ person }) => person.address),
    column(({ person }) => person.userId),
    ids.map((id) => messageIdOf(id)),
    column(({ state }) => state),
    column(({ reason }) => reason),
    column(({ person }) => person.addedBy?.slice(0, 255) ?? null),
    column(({ person }) => person.addedAt),
  ])
}

/** So many are named in a note. */
const NAMED = 20

function noteOn(unreachable: readonly Unreachable[]): string | null {
  if (unreachable.length === 0) return null
  const named = unreachable.slice(0, NAMED).map(({ userId }) => userId)
  const rest = unreachable.length - named.length
  return `not sent to who has left the account or has no address: user ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

const outcomes = {
  waiting_for_data: 'waiting',
  held: 'held',
  skipped: 'skipped',
  composed: 'composed',
  done: 'composed',
} as const

async function setState(
  tx: Client,
  slot: Slot,
  state: keyof typeof outcomes,
  note: string | null,
  editions = slot.editions,
): Promise<Composed | undefined> {
  await run(
    tx,
    `update tidemark.digest_slots set state = $3, note = $4, editions = $5, retry_at = null
     where account_id = $1 and id = $2 and (state, note, editions) is distinct from ($3, $4, $5::smallint)`,
    [slot.accountId, slot.id, state, note, editions],
  )
  return state === 'held' && slot.state === 'held' ? undefined : outcomes[state]
}
