import { weekdayNames, type Holiday, type Settings } from '../../accounts/settings.ts'
import { dateOf, dayOf, weekdayOf } from '../../time/date.ts'

/** The business days of a period, and the holidays that took some: those on a day that is open otherwise. */
export interface DaysOfBusiness {
  count: number
  holidays: Holiday[]
}

/** The business days of a period and of the one that it is compared with. */
export interface BusinessDays {
  current: DaysOfBusiness
  previous: DaysOfBusiness
}

type Calendar = Pick<Settings, 'workingHours' | 'holidays'>
/** First and last local date. */
type Dates = Record<'firstDate' | 'lastDate', string>

/** Counts business days: local dates on which the account is open. Undefined for an account that has settled neither hours nor holidays. */
export function businessDaysOf(calendar: Calendar, current: Dates, previous: Dates): BusinessDays | undefined {
  if (calendar.workingHours === null && calendar.holidays.length === 0) return undefined
  return { current: openIn(calendar, current), previous: openIn(calendar, previous) }
}

function openIn({ workingHours, holidays }: Calendar, { firstDate, lastDate }: Dates): DaysOfBusiness {
  const first = dayOf(firstDate)
  const dates = Array.from({ length: dayOf(lastDate) - first + 1 }, (_, i) => first + i)
    .filter((day) => workingHours === null || workingHours[weekdayNames[weekdayOf(day)]] !== 'closed')
    .map(dateOf)
  const closed = new Map(holidays.map((holiday) => [holiday.date, holiday]))
  return {
    count: dates.filter((date) => !closed.has(date)).length,
    holidays: dates.flatMap((date) => closed.get(date) ?? []),
  }
}
