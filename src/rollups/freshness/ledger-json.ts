import type { Instant } from '../../clock.ts'
import { isoOf } from '../../time/local-text.ts'
import { bucketStates, countStates, type Ledger, type LedgerDay, type StateCounts } from './ledger.ts'

/** A ledger as it is told over HTTP and by the command line. `zoom`: with every hour of each day. */
export function ledgerJson(ledger: Ledger, asOf: Instant, zoom: boolean) {
  const { days, counts, ...edges } = rowJson(ledger, zoom)
  return { ...edges, as_of: isoOf(asOf), counts, days }
}

/** A page of the ledgers of several accounts, by days. */
export function accountsGridJson(
  ledgers: readonly Ledger[],
  { total, page, perPage }: { total: number; page: number; perPage: number },
  asOf: Instant,
) {
  const accounts = ledgers.map((ledger) => rowJson(ledger, false))
  return { total_count: total, page, per_page: perPage, as_of: isoOf(asOf), accounts }
}

const rowJson = ({ accountId, zone, from, until, days, counts }: Ledger, zoom: boolean) => ({
  account_id: accountId,
  zone,
  since: isoOf(from),
  until: isoOf(until),
  counts,
  days: days.map((day) => dayJson(day, zoom)),
})

const dayJson = (day: LedgerDay, zoom: boolean) => ({
  date: day.date,
  since: isoOf(day.from),
  until: isoOf(day.until),
  state: day.state,
  hours: occurring(countStates(day.hours)),
  ...(zoom && { cells: day.hours.map(({ from, state }) => ({ since: isoOf(from), state })) }),
})

const occurring = (counts: StateCounts): Partial<StateCounts> =>
  Object.fromEntries(bucketStates.filter((state) => counts[state] > 0).map((state) => [state, counts[state]]))
