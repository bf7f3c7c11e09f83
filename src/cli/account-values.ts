import type { Holiday, Kept, OpenHours, WeekdayName } from '../accounts/settings.ts'
import { keptThings, weekdayNames } from '../accounts/settings.ts'
import { invalid } from '../errors.ts'
import { weekdayNamed } from './digest-values.ts'

/** What gives a setting its default back. */
const DEFAULT = 'default'

/** A text, or null for `default`. */
export const orDefault = (text: string): string | null => (text === DEFAULT ? null : text)

/** A weekday by its name, or null for `default`. */
export const weekdayOrDefault = (text: string) => (text === DEFAULT ? null : weekdayNamed(text))

/** `monday=09:00-12:00,13:00-17:00`, `saturday=closed`, `sunday=all_day`. @throws Refusal (422) */
export function hoursNamed(text: string): [WeekdayName, string | OpenHours[]] {
  const [, day = '', given = ''] = /^(\w{3,9})=(.{1,100})$/.exec(text) ?? []
  if (day === '') throw notHours(text)
  const name = weekdayNames[weekdayNamed(day)]
  return [name, given === 'closed' || given === 'all_day' ? given : given.split(',').map((part) => stretchIn(part, text))]
}

function stretchIn(part: string, whole: string): OpenHours {
  const [, from, until] = /^\s*(\d\d:\d\d)\s*-\s*(\d\d:\d\d)\s*$/.exec(part) ?? []
  if (from === undefined || until === undefined) throw notHours(whole)
  return { from, until }
}

const notHours = (text: string) =>
  invalid(
    `--hours ${JSON.stringify(text.slice(0, 80))} says nothing. Give monday=09:00-12:00,13:00-17:00, saturday=closed or sunday=all_day.`,
  )

/** `2026-05-01=Labour Day`. @throws Refusal (422) */
export function holidayNamed(text: string): Holiday {
  const [, date, name] = /^(\d{4}-\d{2}-\d{2})=(.{1,200})$/.exec(text) ?? []
  if (date !== undefined && name !== undefined) return { date, name }
  throw invalid(`--holiday ${JSON.stringify(text.slice(0, 80))} is none. Give a date and a name: "2026-05-01=Labour Day".`)
}

/** `logs=90`, `raw=forever`. @throws Refusal (422) */
export function keptFor(text: string): [Kept, number | null] {
  const [, thing = '', days = ''] = /^(\w{1,20})=(\d{1,6}|forever)$/.exec(text) ?? []
  const kept = keptThings.find((name) => name === thing)
  if (kept) return [kept, days === 'forever' ? null : Number(days)]
  throw invalid(
    `--keep ${JSON.stringify(text.slice(0, 40))} says nothing. Give days, or forever, of ${keptThings.join(', ')}: logs=90.`,
  )
}
