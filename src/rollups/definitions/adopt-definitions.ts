import type { Instant } from '../../clock.ts'
import { maybeOne, one, run, sql, type Queryable } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import { zoneNamed } from '../../time/zones.ts'
import { changedSince, DEFINITIONS, isNewer, lowestOf, NewerDefinitions } from './definitions.ts'

const adopt = sql(import.meta.url, './adopt-definitions.sql')
const markPresent = sql(import.meta.url, './adopt-marks.sql')

interface Rolled extends Record<string, unknown> {
  definitions: string
  zone: string | null
  outdated: string | null
}

/**
 * Goes over to the definitions of this release, if an account is rolled by older ones: what is covered becomes outdated, so
 * that reports read raw rows there until a backfill comes by. From today on it stays covered, as all there is gets a mark:
 * so the present is rolled at once, and nothing is counted by a definition that it is not shown under. The caller holds the
 * account's roll lock. Returns the metrics that have changed.
 *
 * @throws NewerDefinitions when a newer release rolls the account
 */
export async function adoptDefinitions(tx: Queryable, accountId: number, now: Instant): Promise<string[]> {
  const rolled = await rolledBy(tx, accountId)
  if (!rolled || rolled.definitions === DEFINITIONS) return []
  if (isNewer(rolled.definitions)) throw new NewerDefinitions(accountId)
  await takeOver(tx, accountId, rolled, now)
  return changedSince(rolled.definitions)
}

/**
 * The same whatever the account is rolled by, for when somebody went back to an older release for good. The caller holds the
 * account's roll lock. Returns the metrics that are defined otherwise.
 */
export async function imposeDefinitions(tx: Queryable, accountId: number, now: Instant): Promise<string[]> {
  const rolled = await rolledBy(tx, accountId)
  if (!rolled || rolled.definitions === DEFINITIONS) return []
  await takeOver(tx, accountId, rolled, now)
  return changedSince(rolled.definitions)
}

/** @throws NewerDefinitions when a newer release rolls the account: its marks are that release's to take */
export async function requireOwnDefinitions(tx: Queryable, accountId: number): Promise<void> {
  const rolled = await rolledBy(tx, accountId)
  if (rolled && isNewer(rolled.definitions)) throw new NewerDefinitions(accountId)
}

const rolledBy = (tx: Queryable, accountId: number) =>
  maybeOne<Rolled>(
    tx,
    `select definitions, rolled_zone as zone, case when outdated <> '{}' then outdated_definitions end as outdated
     from tidemark.accounts where account_id = $1`,
    [accountId],
  )

async function takeOver(tx: Queryable, accountId: number, { definitions, zone, outdated }: Rolled, now: Instant): Promise<void> {
  const today = zone === null ? now : unitStart(await zoneNamed(tx, zone), now, 'day')
  const by = outdated === null ? definitions : lowestOf(outdated, definitions)
  const { present } = await one<{ present: Instant | null }>(tx, adopt, [accountId, DEFINITIONS, by, today])
  if (present !== null) await run(tx, markPresent, [accountId, present])
}
