import type { Change } from '../../audit/change.ts'
import { differences } from '../../audit/differences.ts'
import { recordAct } from '../../audit/record.ts'
import type { Instant } from '../../clock.ts'
import { requireAccount } from '../../accounts/account.ts'
import {
  isSqlState,
  many,
  maybeOne,
  one,
  run,
  sql,
  SQLSTATE,
  transaction,
  type Client,
  type Pool,
  type Queryable,
} from '../../db.ts'
import { conflict, invalid, notFound } from '../../errors.ts'
import { checkDefinition } from './check-definition.ts'
import type { Definition, DefinitionInput } from './definition.ts'
import { reschedule } from './reschedule.ts'
import { wireOf } from './wire.ts'
import { storeRecipients } from '../audience/recipients.ts'

const readSql = sql(import.meta.url, './read-digests.sql')
const storeSql = sql(import.meta.url, './store-digest.sql')

/** A digest as it is stored. */
export interface Digest extends Definition {
  id: number
  accountId: number
  paused: boolean
  pausedAt: Instant | null
  pauseReason: string | null
  /** When it was made, or resumed. */
  activeSince: Instant
  /** Slots due until then are settled: they have a row, or they are none of its own. */
  plannedUntil: Instant
  createdAt: Instant
  updatedAt: Instant
}

/** At most this many digests an account. */
const MOST_DIGESTS = 1000

/** A request that makes a digest once however often it is sent: its key, and the SHA-256 of what it asks for. */
export interface OnceRequest {
  key: string
  sha256: string
}

/**
 * Makes a digest; its first slot is the first one after `change.at`.
 * @throws Refusal (422) naming what is wrong with the input, (404) when there is no such account
 */
export async function createDigest(
  pool: Pool,
  accountId: number,
  input: DefinitionInput,
  change: Change,
  once?: OnceRequest,
): Promise<Digest> {
  await requireAccount(pool, accountId)
  const definition = await checkDefinition(pool, accountId, input)
  const { n } = await one<{ n: number }>(pool, 'select count(*) as n from tidemark.digests where account_id = $1', [accountId])
  if (n >= MOST_DIGESTS) throw invalid(`This account has ${n} digests. Delete one that is not needed first.`)
  return storing(pool, async (tx) => {
    const id = await store(tx, accountId, null, definition, change, change.at)
    if (once) {
      const text = 'update tidemark.digests set request_key = $3, request_sha256 = $4 where account_id = $1 and id = $2'
      await run(tx, text, [accountId, id, once.key, once.sha256])
    }
    const made = await findDigest(tx, accountId, id)
    await recordAct(tx, { ...change, accountId, action: 'digest.create', subjectId: id, after: wireOf(made) })
    return made
  })
}

/** The digest that a request has made before; undefined when it has not. @throws Refusal (409) when it asked for another */
export async function digestMadeBy(db: Queryable, accountId: number, { key, sha256 }: OnceRequest): Promise<Digest | undefined> {
  const made = await maybeOne<{ id: number; asked: string }>(
    db,
    'select id, request_sha256 as asked from tidemark.digests where account_id = $1 and request_key = $2',
    [accountId, key],
  )
  if (!made) return undefined
  if (made.asked === sha256) return findDigest(db, accountId, made.id)
  throw conflict(`This Idempotency-Key has made digest ${made.id} from another definition. Give a new key, or change that one.`)
}

/**
 * Changes a digest. Periods that have a slot already keep it: an edited zone or hour never sends a period twice.
 * @throws Refusal (422) naming what is wrong with the input, (404) when there is no such digest
 */
export async function updateDigest(
  pool: Pool,
  accountId: number,
  id: number,
  input: DefinitionInput,
  change: Change,
): Promise<Digest> {
  await findDigest(pool, accountId, id)
  const definition = await checkDefinition(pool, accountId, input)
  return storing(pool, async (tx) => {
    await maybeOne(tx, 'select id from tidemark.digests where account_id = $1 and id = $2 for update', [accountId, id])
    const before = await findDigest(tx, accountId, id)
    const settled = await reschedule(tx, before, definition, change.at)
    const after = await findDigest(tx, accountId, await store(tx, accountId, id, definition, change, settled))
    const changed = differences(wireOf(before), wireOf(after))
    if (changed) await recordAct(tx, { ...change, accountId, action: 'digest.update', subjectId: id, ...changed })
    return after
  })
}

/** A group may be removed after it was checked. */
async function storing(pool: Pool, work: (tx: Client) => Promise<Digest>): Promise<Digest> {
  try {
    return await transaction(pool, work)
  } catch (error) {
    if (!isSqlState(error, SQLSTATE.foreignKeyViolation)) throw error
    throw conflict('A recipient group of it was removed meanwhile. Look which there are, and try again.')
  }
}

/** Makes or changes a digest; its slots due until `settled` are planned, or none of its own. */
async function store(
  tx: Queryable,
  accountId: number,
  id: number | null,
  d: Definition,
  change: Change,
  settled: Instant,
): Promise<number> {
  const schedule = [d.zone, JSON.stringify(d.cadence), JSON.stringify(d.window), d.firstWeekday, d.startsOn, d.endsOn]
  const content = [d.comparison, JSON.stringify(d.filter), d.businessHours, d.formats, d.csvDelimiter, d.language]
  const restraint = [JSON.stringify(d.condition), d.whenIncomplete, d.patienceHours]
  const values = [accountId, id, d.name, d.ownerId, ...schedule, ...content, ...restraint, change.at, settled]
  const stored = await maybeOne<{ id: number }>(tx, storeSql, values)
  if (!stored) return absent(id as number)
  await storeRecipients(tx, accountId, { digestId: stored.id }, d.recipients, change)
  await run(tx, 'delete from tidemark.digest_groups where account_id = $1 and digest_id = $2 and group_id <> all ($3)', [
    accountId,
    stored.id,
    d.groups,
  ])
  await run(
    tx,
    `insert into tidemark.digest_groups (account_id, digest_id, group_id) select $1, $2, unnest($3::bigint[])
     on conflict do nothing`,
    [accountId, stored.id, d.groups],
  )
  return stored.id
}

/** Pauses a digest, or resumes it where `reason` is null, as Tidemark does by itself. Slots that pass while it is paused are not made up for. */
export async function setPaused(
  db: Queryable,
  accountId: number,
  id: number,
  reason: string | null,
  now: Instant,
): Promise<Digest> {
  await run(
    db,
    `update tidemark.digests set pause_reason = $3,
       paused_at = case when $3::text is not null then coalesce(paused_at, to_timestamp($4)) end,
       active_since = case when $3::text is null and paused_at is not null then to_timestamp($4) else active_since end,
       planned_until = case when $3::text is null and paused_at is not null then to_timestamp($4) else planned_until end
     where account_id = $1 and id = $2`,
    [accountId, id, reason, now],
  )
  return findDigest(db, accountId, id)
}

/** Removes a digest with its slots, snapshots and deliveries. @throws Refusal (404) when the account has no such digest */
export async function deleteDigest(pool: Pool, accountId: number, id: number, change: Change, tries = 5): Promise<void> {
  try {
    await transaction(pool, async (tx) => {
      const before = wireOf(await findDigest(tx, accountId, id))
      const text = 'delete from tidemark.digests where account_id = $1 and id = $2'
      if ((await run(tx, text, [accountId, id])) === 0) absent(id)
      await recordAct(tx, { ...change, accountId, action: 'digest.delete', subjectId: id, before })
    })
  } catch (error) {
    // Whoever composes or delivers it meanwhile holds its slot and waits for the digest; deleting goes the other way.
    if (!isSqlState(error, SQLSTATE.deadlock) || tries === 1) throw error
    await deleteDigest(pool, accountId, id, change, tries - 1)
  }
}

/** @throws Refusal (404) when the account has no such digest */
export async function findDigest(db: Queryable, accountId: number, id: number): Promise<Digest> {
  const found = await maybeOne<Digest & Record<string, unknown>>(db, readSql, [accountId, [id], 1])
  return found ?? absent(id)
}

/** The digests of an account by id, all of them or those with these ids. */
export function digestsOf(db: Queryable, accountId: number, ids: readonly number[] | null = null): Promise<Digest[]> {
  return many<Digest & Record<string, unknown>>(db, readSql, [accountId, ids, MOST_DIGESTS])
}

function absent(id: number): never {
  throw notFound(`There is no digest ${id} in this account.`)
}
