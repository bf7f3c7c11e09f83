import type { FrozenPeriod, Moment, Rhythm, Snapshot } from '../snapshot/snapshot.ts'
import type { Words } from './words/words.ts'

type Dates = Pick<FrozenPeriod, 'firstDate' | 'lastDate'>

const parts = (date: string) => {
  const [year, month, day] = date.slice(0, 10).split('-').map(Number) as [number, number, number]
  return { year, month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
}

/** 2026-05-04 → `4 May`. */
export function dayMonth({ dates }: Words, date: string): string {
  const { day, month } = parts(date)
  return dates.dayMonth(day, dates.monthsShort[month - 1] as string)
}

/** 2026-05-04 → `4 May 2026`. */
export function fullDate(words: Words, date: string): string {
  return words.dates.withYear(dayMonth(words, date), parts(date).year)
}

/** 2026-05-04 → `Mon 4 May`. */
export function weekdayDate(words: Words, date: string): string {
  return words.dates.withWeekday(weekday(words, date), dayMonth(words, date))
}

/** 2026-05-04 → `Mon`. */
export function weekday({ dates }: Words, date: string): string {
  return dates.weekdaysShort[parts(date).weekday] as string
}

/** 2026-05-04 → `May 2026`. */
export function month({ dates }: Words, date: string): string {
  const { month, year } = parts(date)
  return dates.withYear(dates.months[month - 1] as string, year)
}

/** A period in full, as its rhythm says it best: `Mon 4 May 2026`, `Mon 4 – Sun 10 May 2026`, `May 2026`. */
export function longPeriod(words: Words, rhythm: Rhythm, { firstDate, lastDate }: Dates): string {
  if (rhythm === 'monthly') return month(words, firstDate)
  const { dates } = words
  const [first, last] = [parts(firstDate), parts(lastDate)]
  const end = dates.withYear(weekdayDate(words, lastDate), last.year)
  if (firstDate === lastDate) return end
  const start =
    first.year !== last.year
      ? dates.withYear(weekdayDate(words, firstDate), first.year)
      : first.month !== last.month
        ? weekdayDate(words, firstDate)
        : dates.withWeekday(weekday(words, firstDate), dates.day(first.day))
  return dates.range(start, end)
}

/** The same, short: `Mon 4 May`, `27 Apr – 3 May`, `4 – 10 May`, `May 2026`. `withYear` adds the year where it is missing. */
export function shortPeriod(words: Words, rhythm: Rhythm, { firstDate, lastDate }: Dates, withYear = false): string {
  if (rhythm === 'monthly') return month(words, firstDate)
  const { dates } = words
  const said =
    firstDate === lastDate
      ? weekdayDate(words, lastDate)
      : dates.range(
          firstDate.slice(0, 7) === lastDate.slice(0, 7) ? dates.day(parts(firstDate).day) : dayMonth(words, firstDate),
          dayMonth(words, lastDate),
        )
  return withYear ? dates.withYear(said, parts(lastDate).year) : said
}

/** A moment on the clock of the digest's zone: `Mon 11 May 00:00`. */
export function moment(words: Words, { local }: Moment): string {
  return `${weekdayDate(words, local)} ${local.slice(11, 16)}`
}

/** A stretch of hours: `Sun 10 May 21:00–24:00`, `Sat 9 May 21:00 – Sun 10 May 03:00`. */
export function stretch(words: Words, { from, until }: { from: Moment; until: Moment }): string {
  const ends = endOf(until)
  return from.local.slice(0, 10) === ends.date
    ? `${moment(words, from)}–${ends.time}`
    : words.dates.range(moment(words, from), `${weekdayDate(words, ends.date)} ${ends.time}`)
}

/** Midnight ends the day before. */
function endOf({ local }: Moment): { date: string; time: string } {
  const time = local.slice(11, 16)
  if (time !== '00:00') return { date: local.slice(0, 10), time }
  return { date: new Date(Date.parse(local.slice(0, 10)) - 86_400_000).toISOString().slice(0, 10), time: '24:00' }
}

/** How many local days a period has. */
export function daysIn({ firstDate, lastDate }: Dates): number {
  return Math.round((Date.parse(lastDate) - Date.parse(firstDate)) / 86_400_000) + 1
}

/** What is compared with, in words; empty where nothing is. */
export function comparisonOf(words: Words, snapshot: Snapshot): string {
  const { cadence, comparison, comparedWith, previous } = snapshot
  if (comparison === 'off') return ''
  if (comparison === 'purged') return words.comparisonPurged
  if (comparison === 'none') return words.comparisonStarts[comparedWith === 'year' ? 'year' : cadence]
  if (comparedWith === 'year')
    return words.comparedWithYear[cadence](shortPeriod(words, cadence, previous, cadence !== 'monthly'))
  return words.comparedWith(shortPeriod(words, cadence, previous))
}
