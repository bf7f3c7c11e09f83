import type { Change } from '../../audit/change.ts'
import { recordAct } from '../../audit/record.ts'
import type { Instant } from '../../clock.ts'
import { many, transaction, type Pool, type Queryable } from '../../db.ts'
import { adoptDefinitions, imposeDefinitions } from './adopt-definitions.ts'
import { lockRolls } from '../coverage.ts'
import { changedSince, DEFINITIONS, isNewer } from './definitions.ts'

/** An account whose rows are of other definitions than this release's. */
export interface RolledOtherwise {
  accountId: number
  /** By a newer release: only that one goes on with it. */
  isNewer: boolean
  /** The metrics that are defined otherwise. */
  changed: string[]
}

/** The accounts that are rolled by other definitions, at most 1000. */
export async function rolledOtherwise(db: Queryable): Promise<RolledOtherwise[]> {
  const rows = await many<{ id: number; definitions: string }>(
    db,
    `select account_id as id, definitions from tidemark.accounts
     where rolled_zone is not null and definitions <> $1 order by 1 limit 1000`,
    [DEFINITIONS],
  )
  return rows.map(({ id, definitions }) => ({
    accountId: id,
    isNewer: isNewer(definitions),
    changed: changedSince(definitions),
  }))
}

/** Goes over to this release's definitions with an account; see adoptDefinitions. Returns the metrics that have changed. */
export function followDefinitions(pool: Pool, accountId: number, now: Instant): Promise<string[]> {
  return transaction(pool, async (tx) => {
    await lockRolls(tx, accountId)
    return adoptDefinitions(tx, accountId, now)
  })
}

/**
 * The same with an account that a newer release rolls: for when it is gone for good. Until then the two would take the account
 * from each other. Returns the metrics that are defined otherwise.
 */
export function takeBackDefinitions(pool: Pool, accountId: number, change: Change): Promise<string[]> {
  return transaction(pool, async (tx) => {
    await lockRolls(tx, accountId)
    const changed = await imposeDefinitions(tx, accountId, change.at)
    const after = { changed_metrics: changed }
    if (changed.length > 0) await recordAct(tx, { ...change, accountId, action: 'rollup.take_back', after })
    return changed
  })
}
