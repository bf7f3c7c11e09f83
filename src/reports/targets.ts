import type { Change } from '../audit/change.ts'
import { differences } from '../audit/differences.ts'
import { recordAct } from '../audit/record.ts'
import { many, run, sql, transaction, type Pool, type Queryable } from '../db.ts'
import { dimensions, type Timed } from '../rollups/parts.ts'
import type { Subject } from './values.ts'

/** What a target may be set for. */
export const targetDimensions = ['account', 'inbox', 'team'] as const

/** How long something may take: the promise of an account, or of one of its inboxes or teams. */
export interface Target {
  type: (typeof targetDimensions)[number]
  /** The inbox or team; the account's own id for the account. */
  id: number
  times: Timed
  seconds: number
}

/** The target in seconds of an id (of the dimension asked for) for a kind of time; undefined where none is set. */
export type TargetOf = (times: Timed, id: number) => number | undefined

const storeTargets = sql(import.meta.url, './store-targets.sql')

/** The targets of an account, its own first, then by inbox and team. */
export function targetsOf(db: Queryable, accountId: number): Promise<Target[]> {
  return many<Target & Record<string, unknown>>(
    db,
    `select (array['account', 'inbox', 'agent', 'team'])[dimension + 1] as type, dimension_id as id, times, seconds
     from tidemark.targets where account_id = $1 order by dimension, dimension_id, times`,
    [accountId],
  )
}

/** Replaces all targets of an account. The caller has checked that the inboxes and teams are its own. */
export async function setTargets(pool: Pool, accountId: number, targets: readonly Target[], change: Change): Promise<void> {
  await transaction(pool, async (tx) => {
    // One after the other: of two at once, the second would not see what the first has stored.
    await run(tx, `select pg_advisory_xact_lock(hashtext('tidemark targets'), $1::int)`, [accountId])
    const before = { targets: await targetsOf(tx, accountId) }
    await run(tx, 'delete from tidemark.targets where account_id = $1', [accountId])
    await run(tx, storeTargets, [
      accountId,
      targets.map((target) => dimensions[target.type]),
      targets.map((target) => target.id),
      targets.map((target) => target.times),
      targets.map((target) => target.seconds),
    ])
    const changed = differences(before, { targets: await targetsOf(tx, accountId) })
    if (changed) await recordAct(tx, { ...change, accountId, action: 'targets.update', ...changed })
  })
}

/** No targets at all. */
export const noTargets: TargetOf = () => undefined

/**
 * The targets that figures of a dimension are held against: an inbox's or team's own where it has one, else the account's;
 * agents and labels have the account's.
 */
export function targetsFor({ dimension }: Pick<Subject, 'dimension'>, targets: readonly Target[]): TargetOf {
  const find = (type: string, times: Timed, id?: number) =>
    targets.find((target) => target.type === type && target.times === times && (id === undefined || target.id === id))?.seconds
  return (times, id) => (dimension === 'account' ? undefined : find(dimension, times, id)) ?? find('account', times)
}
