import type { Instant } from '../../clock.ts'
import { transaction, type Client, type Pool } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import { instantFrom } from '../../time/instant-text.ts'
import { UTC, type Zone } from '../../time/zone.ts'
import { bucketZonesOf } from '../backfill/backfill-days.ts'
import { GRID_DAYS_MAX, ledgerFrom, wholeDays, type GridRange, type Ledger } from './ledger.ts'
import { ledgerFactsOf } from './ledger-facts.ts'

/** Days that the grid of several accounts may have, and those that it has when no range is given. */
export const ACCOUNTS_DAYS_MAX = 93
export const ACCOUNTS_DAYS_USUAL = 31
/** Accounts on a page of it. */
export const ACCOUNTS_PAGE_MAX = 50

const limit = {
  most: ACCOUNTS_DAYS_MAX,
  tooLong: `The grid of several accounts has at most ${ACCOUNTS_DAYS_MAX} days, that of one account up to ${GRID_DAYS_MAX}. Ask for fewer days, or for one account.`,
}

/** A range as it was typed: dates are those of each account's own calendar. */
export interface TypedRange {
  since?: string | undefined
  until?: string | undefined
}

/**
 * The states of the days of several accounts, in their order, each by its own clock, from one moment of the database. As many
 * statements as for one account; an account that nothing is rolled of costs one more.
 * @throws Refusal (422) for what is no range, an empty one, or one of too many days
 */
export function accountsGrid(pool: Pool, accounts: readonly number[], typed: TypedRange, now: Instant): Promise<Ledger[]> {
  return transaction(pool, (tx) => gridIn(tx, accounts, typed, now), 'repeatable read read only')
}

async function gridIn(tx: Client, accounts: readonly number[], typed: TypedRange, now: Instant): Promise<Ledger[]> {
  // A range is one whoever it is asked of.
  if (accounts.length === 0) wholeDays(UTC, rangeOf(UTC, typed, now), now, limit)
  const zones = await bucketZonesOf(tx, accounts)
  const days = zones.map((zone) => wholeDays(zone, rangeOf(zone, typed, now), now, limit))
  const asked = accounts.map((accountId, i) => ({ accountId, zone: zones[i]!, from: days[i]!.from, until: days[i]!.until }))
  const facts = await ledgerFactsOf(tx, asked)
  return accounts.map((accountId, i) => ledgerFrom(accountId, days[i]!, facts[i]!))
}

function rangeOf(zone: Zone, { since, until }: TypedRange, now: Instant): GridRange {
  const end = until === undefined ? now : instantFrom(until, zone, now)
  if (since !== undefined) return { since: instantFrom(since, zone, now), until: end }
  return { since: unitStart(zone, end - 1, 'day', 1 - ACCOUNTS_DAYS_USUAL), until: end }
}
