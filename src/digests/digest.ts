import type { Instant } from '../clock.ts'
import { many, maybeOne, run, sql, transaction, type Pool, type Queryable } from '../db.ts'
import { notFound } from '../errors.ts'
import { checkDefinition } from './check-definition.ts'
import type { Definition, DefinitionInput } from './definition.ts'
import { reschedule } from './reschedule.ts'
import { storeRecipients, type Change } from './recipients.ts'

const readSql = sql(import.meta.url, './read-digests.sql')
const storeSql = sql(import.meta.url, './store-digest.sql')

/** A digest as it is stored. */
export interface Digest extends Definition {
  id: number
  accountId: number
  paused: boolean
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

/**
 * Makes a digest; its first slot is the first one after `change.at`.
 * @throws Refusal (422) naming what is wrong with the input, (404) when there is no such account
 */
export async function createDigest(pool: Pool, accountId: number, input: DefinitionInput, change: Change): Promise<Digest> {
  if (!(await maybeOne(pool, 'select id from accounts where id = $1', [accountId])))
    throw notFound(`There is no account ${accountId} here.`)
  const definition = await checkDefinition(pool, accountId, input)
  return transaction(pool, async (tx) =>
    findDigest(tx, accountId, await store(tx, accountId, null, definition, change, change.at)),
  )
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
  return transaction(pool, async (tx) => {
    await maybeOne(tx, 'select id from tidemark.digests where account_id = $1 and id = $2 for update', [accountId, id])
    const settled = await reschedule(tx, await findDigest(tx, accountId, id), definition, change.at)
    return findDigest(tx, accountId, await store(tx, accountId, id, definition, change, settled))
  })
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

/** Pauses a digest, or resumes it where `reason` is null. Slots that pass while it is paused are not made up for. */
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
export async function deleteDigest(db: Queryable, accountId: number, id: number): Promise<void> {
  if ((await run(db, 'delete from tidemark.digests where account_id = $1 and id = $2', [accountId, id])) === 0) absent(id)
}

/** @throws Refusal (404) when the account has no such digest */
export async function findDigest(db: Queryable, accountId: number, id: number): Promise<Digest> {
  const found = await maybeOne<Digest & Record<string, unknown>>(db, readSql, [accountId, id, 1])
  return found ?? absent(id)
}

/** The digests of an account, by id; at most 1,000. */
export function digestsOf(db: Queryable, accountId: number): Promise<Digest[]> {
  return many<Digest & Record<string, unknown>>(db, readSql, [accountId, null, MOST_DIGESTS])
}

function absent(id: number): never {
  throw notFound(`There is no digest ${id} in this account.`)
}
