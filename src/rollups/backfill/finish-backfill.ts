import { now as clockNow } from '../../clock.ts'
import { one, run, transaction, type Client, type Pool } from '../../db.ts'
import type { Zone } from '../../time/zone.ts'
import { added, sinceFirstTry, type PartSums } from './backfill-figures.ts'
import { recordEnd } from './backfill-ends.ts'
import { reportOf, type VerificationSoFar } from './backfill-report.ts'
import { readBackfills, type Backfill } from './backfill-row.ts'
import { nextDays } from './backfill-work.ts'
import { mendedHours } from './failed-hours.ts'
import { joined, multirangeOf, bounds } from '../spans.ts'
import { verifyRollups } from '../verify/verify.ts'

/** Differences that a backfill's report keeps. */
const SHOWN = 20
/** Live rolls wait for one of these, about a second. */
const VERIFY_DAYS = 7

/** What follows once everything is rolled: it is laid out what is verified, or the backfill ends. */
export async function afterRolling(tx: Client, accountId: number, id: number): Promise<void> {
  await run(
    tx,
    `update tidemark.backfills
     set to_verify = case when verify then days else '{}' end, state = 'running', started_at = coalesce(started_at, now())
     where account_id = $1 and id = $2 and state in ('queued', 'running')`,
    [accountId, id],
  )
}

/**
 * Verifies the next days of a backfill. Killed in between, they are verified again; done by two at once, they count once.
 * @throws what verifying throws: nothing is noted then
 */
export async function verifyNext(pool: Pool, { accountId, id, toVerify, oldestFirst }: Backfill, zone: Zone): Promise<void> {
  const spans = joined(nextDays(zone, toVerify, oldestFirst, VERIFY_DAYS))
  const found: VerificationSoFar = { hours: 0, dirtyHours: 0, differing: 0, differences: [] }
  for (const span of spans) {
    const { hours, dirtyHours, differing, differences } = await verifyRollups(pool, accountId, span)
    found.hours += hours
    found.dirtyHours += dirtyHours
    found.differing += differing
    found.differences.push(...differences)
  }
  await transaction(pool, async (tx) => {
    const { verified } = await one<{ verified: VerificationSoFar | null }>(
      tx,
      'select verified from tidemark.backfills where account_id = $1 and id = $2 for update',
      [accountId, id],
    )
    const sum = {
      hours: (verified?.hours ?? 0) + found.hours,
      dirtyHours: (verified?.dirtyHours ?? 0) + found.dirtyHours,
      differing: (verified?.differing ?? 0) + found.differing,
      differences: [...(verified?.differences ?? []), ...found.differences].slice(0, SHOWN),
    }
    await run(
      tx,
      `update tidemark.backfills
       set verified = $3, to_verify = to_verify - ${multirangeOf(4)}, progressed_at = clock_timestamp(), failures = 0, error = null
       where account_id = $1 and id = $2 and state = 'running' and to_verify @> ${multirangeOf(4)}`,
      [accountId, id, JSON.stringify(sum), ...bounds(spans)],
    )
  })
}

interface Sums extends Record<string, unknown> {
  before: PartSums
  after: PartSums
  fresh: PartSums
  verified: VerificationSoFar | null
  changed: { from: number; until: number }[]
}

/** Ends a backfill that has nothing left to do, with what it came to. */
export async function finish(pool: Pool, accountId: number, id: number): Promise<void> {
  await transaction(pool, async (tx) => {
    const sums = await one<Sums>(
      tx,
      `select parts_before as before, parts_after as after, parts_new as fresh, verified,
         (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(s)), 'until', extract(epoch from upper(s)))), '[]')
          from unnest(changed) as s) as changed
       from tidemark.backfills where account_id = $1 and id = $2 for update`,
      [accountId, id],
    )
    const [backfill] = await readBackfills(tx, { accounts: [accountId], id, states: ['running'] })
    if (!backfill || backfill.todo.length > 0 || backfill.toVerify.length > 0) return
    const mended = await sinceFirstTry(tx, accountId, await mendedHours(tx, accountId, id))
    const report = await reportOf(tx, {
      ...backfill,
      hoursNew: backfill.hoursNew + mended.hoursNew,
      hoursChanged: backfill.hoursChanged + mended.hoursChanged,
      hoursUnchanged: backfill.hoursUnchanged + mended.hoursUnchanged,
      before: added(sums.before, mended.before),
      after: added(sums.after, mended.after),
      fresh: added(sums.fresh, mended.fresh),
      changed: [...sums.changed, ...mended.changed],
      verified: sums.verified,
    })
    const wrong = backfill.failing > 0 || (sums.verified?.differing ?? 0) > 0
    const state = wrong ? 'completed_with_errors' : 'completed'
    await run(
      tx,
      `update tidemark.backfills set state = $3, report = $4, finished_at = now(), error = null, failures = 0
       where account_id = $1 and id = $2`,
      [accountId, id, state, JSON.stringify(report)],
    )
    await recordEnd(tx, backfill, { state }, clockNow())
  })
}
