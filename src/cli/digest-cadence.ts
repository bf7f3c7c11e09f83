import type { Cadence, MonthDay } from '../digests/schedule/cadence.ts'
import { invalid } from '../errors.ts'
import type { Weekday } from '../time/date.ts'
import { weekdayNamed } from './digest-values.ts'

/** The options that say how often a digest is due. */
export interface CadenceOptions {
  every?: Cadence['every']
  on?: string
  time?: string
  cron?: string
}

export const hasCadence = ({ every, on, time, cron }: CadenceOptions): boolean =>
  [every, on, time, cron].some((given) => given !== undefined)

/**
 * A cadence from options; what they leave out stays as it was, or is Mondays (the 1st of a month) at 08:00.
 * @throws Refusal (422) for options that do not go together
 */
export function cadenceFrom({ every, on, time, cron }: CadenceOptions, before?: Cadence): Cadence {
  const unit = every ?? (cron === undefined ? (before?.every ?? 'week') : 'cron')
  if (unit === 'cron') {
    const expression = cron ?? (before?.every === 'cron' ? before.expression : undefined)
    if (expression === undefined) throw invalid("--every cron needs an expression, such as --cron '0 8 * * 1'.")
    if (on !== undefined || time !== undefined)
      throw invalid('A cron expression says its days and its time itself: leave --on and --time out.')
    return { every: 'cron', expression }
  }
  if (cron !== undefined) throw invalid(`--cron goes with --every cron, not with --every ${unit}.`)
  const at = time ?? (before && before.every !== 'cron' ? before.time : '08:00')
  if (unit === 'day') {
    if (on !== undefined) throw invalid('--on goes with --every week or --every month.')
    return { every: 'day', time: at }
  }
  if (unit === 'month') return { every: 'month', on: on === undefined ? monthDayOf(before) : monthDay(on), time: at }
  return { every: 'week', weekdays: on === undefined ? weekdaysOf(before) : on.split(',').map(weekdayNamed), time: at }
}

const weekdaysOf = (before?: Cadence): Weekday[] => (before?.every === 'week' ? before.weekdays : [1])
const monthDayOf = (before?: Cadence): MonthDay => (before?.every === 'month' ? before.on : 1)

/** A day of a month as it is typed: 15, last, first-monday, last-working. */
function monthDay(text: string): MonthDay {
  if (text === 'last') return 'last'
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const [, nth, day = ''] = /^(first|last)-([a-z]+)$/i.exec(text) ?? []
  if (nth === undefined)
    throw invalid(
      `${JSON.stringify(text)} is no day of a month. Give 1 to 31, last, first-monday, last-friday, first-working or last-working.`,
    )
  return { nth: nth.toLowerCase() as 'first' | 'last', weekday: day === 'working' ? 'working' : weekdayNamed(day) }
}
