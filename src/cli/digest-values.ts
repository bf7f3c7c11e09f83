import type { WireDefinition } from '../digests/definition/wire.ts'
import { invalid } from '../errors.ts'
import type { Weekday } from '../time/date.ts'
import { wholeNumber } from './values.ts'

export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

/** A weekday by its English name, or the first three letters of it. */
export function weekdayNamed(text: string): Weekday {
  const name = text.trim().toLowerCase()
  const found = weekdays.findIndex((weekday) => weekday === name || (name.length === 3 && weekday.startsWith(name)))
  if (found < 0) throw invalid(`There is no weekday ${JSON.stringify(text.slice(0, 40))}: give ${weekdays.join(', ')}.`)
  return found as Weekday
}

const idList = (text: string, whole: string): number[] => {
  const ids = text.split(',').map((id) => id.trim())
  if (ids.length <= 500 && ids.every((id) => /^\d{1,10}$/.test(id))) return ids.map(Number)
  throw invalid(`${JSON.stringify(text.slice(0, 40))} are no ids. Give ids such as 1,2, at most 500, or ${whole}.`)
}

// Commander takes a null for an option without a value, so the words stay words here.
/** Ids of a filter. */
export const idsOrAll = (text: string): number[] | 'all' => (text === 'all' ? text : idList(text, 'all'))
export const idsOrNone = (text: string): number[] => (text === 'none' ? [] : idList(text, 'none'))
export const ownerOrNone = (text: string): number | 'none' => (text === 'none' ? text : wholeNumber(text))

export function hours(text: string): number {
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text)) return Number(text)
  throw invalid(`--patience ${JSON.stringify(text.slice(0, 40))} is no number. Give one such as 2 or 0.5.`)
}

/** `day:7`, `week`, `month:3` or `slot`. */
export function window(text: string): WireDefinition['window'] {
  if (text === 'slot') return { unit: 'slot' }
  const [, unit, count = '1'] = /^(day|week|month)(?::(\d{1,3}))?$/.exec(text) ?? []
  if (unit === undefined)
    throw invalid(`--window ${JSON.stringify(text.slice(0, 40))} is none. Give day:7, week, month:3 or slot.`)
  return { unit: unit as 'day' | 'week' | 'month', count: Number(count) }
}

const delimiters = { comma: ',', semicolon: ';', tab: 'tab' } as const

export function delimiter(text: string): WireDefinition['csv_delimiter'] {
  const found = Object.entries(delimiters).find(([name, value]) => name === text || value === text)
  if (found) return found[1]
  throw invalid(`--delimiter ${JSON.stringify(text.slice(0, 40))} is none. Give comma, semicolon or tab.`)
}

/** `avg_first_response_time:above:3600` */
export function threshold(text: string) {
  const [, metric, limit, value] = /^(\w{1,60}):(\w{1,10}):(\d{1,10}(?:\.\d{1,6})?)$/.exec(text) ?? []
  if (metric !== undefined) return { metric, limit, value: Number(value) }
  throw invalid(`${JSON.stringify(text.slice(0, 80))} is no threshold. Give one such as avg_first_response_time:above:3600.`)
}
