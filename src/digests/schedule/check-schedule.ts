import { invalid } from '../../errors.ts'
import { dateOf, dayOf, type DayNumber } from '../../time/date.ts'
import { dueDates, type DueDates } from './cadence.ts'
import { dateBefore, type Schedule } from './schedule.ts'
import { LONGEST_WINDOW, reportedDates, type Dates } from './window.ts'

const MOST_UNITS = { day: LONGEST_WINDOW, week: 52, month: 12 } as const
/** Every pairing of dates and weekdays comes about within the 28 years from this day on, and 29 February seven times. */
const SOME_DAY = dayOf('2026-01-01')
const ALL_PAIRINGS = 28 * 366

/**
 * Refuses a schedule that cannot do what it says, and says what to change: one that is never due, one that would report the
 * same period twice, one that reports more than 366 days at once.
 * @throws Refusal (422)
 */
export function checkSchedule(schedule: Schedule): void {
  const dates = dueDates(schedule.cadence)
  checkWindow(schedule)
  const [from, to] = checkBounds(schedule)
  let reported: Dates | undefined
  for (let day = from; day <= Math.min(to, from + ALL_PAIRINGS); day++) {
    if (!dates.fallsOn(day)) continue
    const next = reportedDates(schedule.window, schedule.firstWeekday, day, () => dateBefore(dates, day))
    if (reported && reported[0] === next[0] && reported[1] === next[1]) throw reportsTwice(schedule, next)
    if (schedule.window.unit === 'slot') checkGap(dates, day)
    reported = next
  }
  if (!reported) throw neverDue(schedule)
}

function checkWindow({ window }: Schedule): void {
  if (window.unit === 'slot' || window.count <= MOST_UNITS[window.unit]) return
  throw invalid(
    `A window has at most ${LONGEST_WINDOW} days: give at most ${MOST_UNITS[window.unit]} as the count of the unit ${window.unit}.`,
  )
}

/** The days between which a schedule is looked at. */
function checkBounds({ startsOn, endsOn }: Schedule): [DayNumber, DayNumber] {
  for (const date of [startsOn, endsOn]) {
    if (date !== null && Number.isNaN(dayOf(date)))
      throw invalid(`${JSON.stringify(date)} is no date. Give one as YYYY-MM-DD, such as 2026-05-04.`)
  }
  if (startsOn !== null && endsOn !== null && endsOn < startsOn) {
    throw invalid(`The digest ends on ${endsOn}, before it starts on ${startsOn}: give a later end, or none.`)
  }
  const to = endsOn === null ? Infinity : dayOf(endsOn)
  return [startsOn === null ? Math.min(SOME_DAY, to - ALL_PAIRINGS) : dayOf(startsOn), to]
}

function checkGap(dates: DueDates, day: DayNumber): void {
  if (dates.fallsOn(dateBefore(dates, day))) return
  throw invalid(
    `The digest is due less often than every ${LONGEST_WINDOW} days, which is the longest window: give a window of days, weeks or months.`,
  )
}

function reportsTwice({ window }: Schedule, [first, next]: Dates) {
  return invalid(
    `The digest would report ${dateOf(first)} to ${dateOf(next - 1)} twice, because it is due more often than once in the ` +
      `${window.unit} of its window. Use a window of days or since the previous slot, or a cadence that is due less often.`,
  )
}

function neverDue({ cadence, startsOn, endsOn }: Schedule) {
  const bounds = [startsOn && `from ${startsOn}`, endsOn && `until ${endsOn}`].filter(Boolean).join(' ')
  if (bounds) return invalid(`The digest is never due ${bounds}: change its start, its end or its cadence.`)
  const what = cadence.every === 'cron' ? `cron expression ${JSON.stringify(cadence.expression)}` : 'cadence'
  return invalid(`The ${what} never falls due: no year has such a day.`)
}
