import { z } from 'zod'
import type { Queryable } from '../../db.ts'
import { backfillAmong } from '../../rollups/backfill/backfill.ts'
import type { Backfill } from '../../rollups/backfill/backfill-row.ts'
import { idIn } from '../v1/digest-path.ts'
import { requireAdministered, type Administrator } from './administrator.ts'

/** The parameter that names one of the caller's accounts. */
export const accountParameter = z
  .string()
  .regex(/^\d{1,15}$/, 'must be an id, a whole number')
  .meta({ description: 'One of your accounts.', example: '1' })

/** The account that a request is about, or all of the caller's. @throws Refusal (404) for one that he does not administer */
export function askedAccounts(administrator: Administrator, given: string | undefined): readonly number[] {
  if (given === undefined) return administrator.accounts
  requireAdministered(administrator, Number(given))
  return [Number(given)]
}

/** The backfill with the id in a path. @throws Refusal (404) for one of an account that he does not administer */
export async function askedBackfill(db: Queryable, administrator: Administrator, id: string): Promise<Backfill> {
  const found = await backfillAmong(db, administrator.accounts, idIn(id))
  requireAdministered(administrator, found.accountId)
  return found
}
