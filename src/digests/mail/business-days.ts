import type { Holiday } from '../../accounts/settings.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { weekdayDate } from './dates.ts'
import { count } from './format.ts'
import { clip, isolated } from './names.ts'
import type { Per } from './words/figure-words.ts'
import type { Words } from './words/words.ts'

/** So many holidays are named; more are counted. */
const MOST_NAMED = 4

/** By what counts of unequal periods are compared: the local days, or the business days, of each. */
export interface Rate {
  per: Per
  days: [current: number, previous: number]
}

/** The business days of both periods where they differ and each has some; undefined where counts need not be compared by them. */
export function businessRate({ businessDays }: Snapshot): Rate | undefined {
  if (!businessDays) return undefined
  const days: Rate['days'] = [businessDays.current.count, businessDays.previous.count]
  return days[0] !== days[1] && Math.min(...days) > 0 ? { per: 'businessDay', days } : undefined
}

/**
 * How many business days each period had and which holidays made the difference, where they differ: `Business days: 4, before
 * 5 (Fri 1 May: Labour Day).` Empty where nothing is compared, and for a closed day beside an open one without a holiday: that
 * is every Monday's.
 */
export function businessDaysText(words: Words, snapshot: Snapshot): string {
  const { businessDays, comparison, data } = snapshot
  if (!businessDays || comparison !== 'full' || !data.periodOver) return ''
  const { current, previous } = businessDays
  const rate = businessRate(snapshot)
  const holidays = [...previous.holidays, ...current.holidays].toSorted((a, b) => (a.date < b.date ? -1 : 1))
  if (current.count === previous.count || (!rate && holidays.length === 0)) return ''
  const counts = words.businessDays.counts(count(words, current.count), count(words, previous.count))
  const named = holidays.slice(0, MOST_NAMED).map((holiday) => nameOf(words, snapshot, holiday))
  const left = holidays.length - named.length
  const more = left > 0 ? [words.more(left, count(words, left), 'nowhere')] : []
  const why = named.length === 0 ? '' : ` (${words.list([...named, ...more])})`
  return `${counts}${why}. ${rate ? words.businessDays.compared : ''}`.trim()
}

/** `Fri 1 May: Labour Day`; with its year where that is another than the period's. */
function nameOf(words: Words, { period }: Snapshot, { date, name }: Holiday): string {
  const day = weekdayDate(words, date)
  const year = date.slice(0, 4)
  const said = year === period.firstDate.slice(0, 4) ? day : words.dates.withYear(day, Number(year))
  return `${said}: ${isolated(clip(name), words.direction)}`
}
