import { invalid } from '../../errors.ts'
import { monthDayOf, weekdayOf, type DayNumber } from '../../time/date.ts'

/** A cron expression as a calendar reads it: one time of day, and the dates on which it falls. */
export interface Cron {
  /** Seconds of the wall clock after midnight. */
  time: number
  fallsOn(day: DayNumber): boolean
}

interface Field {
  /** One value and, in words of the message, what it is. */
  name: string
  from: number
  to: number
  /** Words for the values, the first of them for `from`. */
  words?: readonly string[]
}

const MINUTE: Field = { name: 'minute', from: 0, to: 59 }
const HOUR: Field = { name: 'hour', from: 0, to: 23 }
const DATE: Field = { name: 'day of the month', from: 1, to: 31 }
const MONTH: Field = {
  name: 'month',
  from: 1,
  to: 12,
  words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
}
// 7 is Sunday too.
const WEEKDAY: Field = { name: 'day of the week', from: 0, to: 7, words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] }

const LONGEST = 100
const FORM = 'five fields: minute, hour, day of the month, month and day of the week, such as "30 8 * * MON-FRI"'

/**
 * Reads a cron expression: numbers, names of months and weekdays, lists, ranges, steps, and L for the last day of the month.
 * A day of the month and a day of the week that are both given mean either of them, unless one starts with an asterisk:
 * then both must hold (as in Vixie's cron).
 * @throws Refusal (422) for what is no such expression, and for one that is due more than once on a date
 */
export function readCron(expression: string): Cron {
  if (expression.length > LONGEST) throw invalid(`A cron expression has at most ${LONGEST} characters.`)
  const texts = expression.trim().toUpperCase().split(/\s+/)
  if (texts.length !== 5) throw invalid(`${JSON.stringify(expression)} is no cron expression: it has ${FORM}.`)
  const [minute, hour, date, month, weekday] = texts as [string, string, string, string, string]
  const time = 60 * onlyOne(minute, MINUTE) + 3600 * onlyOne(hour, HOUR)
  const endOfMonth = date.split(',').includes('L')
  const numbers = date.split(',').filter((item) => item !== 'L')
  const dates = numbers.length === 0 ? new Set<number>() : valuesOf(numbers.join(','), DATE)
  const months = valuesOf(month, MONTH)
  const weekdays = new Set([...valuesOf(weekday, WEEKDAY)].map((value) => value % 7))
  const both = date.startsWith('*') || weekday.startsWith('*')
  return {
    time,
    fallsOn(day) {
      const at = monthDayOf(day)
      if (!months.has(at.month)) return false
      const onDate = dates.has(at.date) || (endOfMonth && at.date === at.last)
      const onWeekday = weekdays.has(weekdayOf(day))
      return both ? onDate && onWeekday : onDate || onWeekday
    },
  }
}

/** The one value of a field; the dates of a cron have one time. */
function onlyOne(text: string, field: Field): number {
  const [value, second] = valuesOf(text, field)
  if (value !== undefined && second === undefined) return value
  throw invalid(
    `The ${field.name} ${JSON.stringify(text)} makes the digest due more than once on a date, and it reports whole days: ` +
      `give one ${field.name}, and make another digest for another time.`,
  )
}

/** All values that a field names, ascending. */
function valuesOf(text: string, field: Field): Set<number> {
  return new Set(
    text
      .split(',')
      .flatMap((item) => itemValues(item, field))
      .sort((a, b) => a - b),
  )
}

function itemValues(item: string, field: Field): number[] {
  const [, range, first, last, step] = /^(\*|(\w+)(?:-(\w+))?)(?:\/(\w+))?$/.exec(item) ?? []
  if (range === undefined) throw wrong(item, field)
  if (step !== undefined && range !== '*' && last === undefined)
    throw invalid(`Write ${first}-${field.to}/${step} instead of ${item}: a step belongs to a range.`)
  const from = first === undefined ? field.from : valueOf(first, field)
  const to = first === undefined ? field.to : last === undefined ? from : valueOf(last, field)
  if (to < from)
    throw invalid(
      `The range ${item} of the ${field.name} runs backwards: write two of them, ${first}-${field.to},${field.from}-${last}.`,
    )
  const by = step === undefined ? 1 : Number(step)
  if (!Number.isInteger(by) || by < 1 || by > field.to)
    throw invalid(`The step of ${item} must be a number from 1 to ${field.to}.`)
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by)
}

function valueOf(text: string, field: Field): number {
  const word = field.words?.indexOf(text) ?? -1
  const value = word >= 0 ? word + field.from : /^\d{1,2}$/.test(text) ? Number(text) : NaN
  if (!(value >= field.from && value <= field.to)) throw wrong(text, field)
  return value
}

function wrong(text: string, { name, from, to, words }: Field) {
  const names = words ? ` or ${words[0]} to ${words.at(-1)}` : ''
  return invalid(
    `${JSON.stringify(text)} is no ${name}. Give ${from} to ${to}${names}, lists (1,15), ranges (1-5) or steps (*/2).`,
  )
}
