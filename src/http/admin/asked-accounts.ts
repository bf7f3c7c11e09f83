import { z } from 'zod'
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
