import type { Figure, Metric } from '../rollups/metrics.ts'
import type { FrozenPeriod, Moment } from './snapshot.ts'
import { words } from './words.ts'

type Unit = Metric['unit']

/** 1204 → `1,204`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Seconds as their two largest units: `45s`, `14m 02s`, `5h 40m`, `2d 05h`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.5) return '<1s'
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return twoUnits(whole, 60, 'm', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'm')
  return twoUnits(Math.round(seconds / 3600), 24, 'd', 'h')
}

function twoUnits(value: number, size: number, large: string, small: string): string {
  return `${Math.floor(value / size)}${large} ${String(value % size).padStart(2, '0')}${small}`
}

/** The same with one unit where that is enough for a subject line: `14m`, `5h 40m`. */
export function shortDuration(seconds: number): string {
  return seconds >= 60 && seconds < 3570 ? `${Math.round(seconds / 60)}m` : duration(seconds)
}

/** A value in its unit; `no data` where there is none, which is not the same as 0. */
export function figure(unit: Unit, { value }: Figure): string {
  if (value === null) return words.noData
  if (unit === 'count') return count(value)
  if (unit === 'seconds') return duration(value)
  return unit === 'percent' ? `${value.toFixed(1)}%` : value.toFixed(2)
}

/** A difference with its sign, in the unit of the metric: `+38`, `-1m 52s`, `+2.8`, `-0.12`. */
export function signed(unit: Unit, difference: number): string {
  const size = Math.abs(difference)
  const text = unit === 'count' ? count(size) : unit === 'seconds' ? duration(size) : size.toFixed(unit === 'percent' ? 1 : 2)
  return `${difference < 0 ? '-' : '+'}${text}`
}

/** A relative change without its sign as whole percent, cut off where it says nothing more: `8%`, `>999%`. */
export function percentage(relative: number): string {
  const percent = Math.round(Math.abs(relative) * 100)
  return percent > 999 ? '>999%' : `${percent}%`
}

/** A relative change with its sign: `+8%`. */
export function signedPercent(relative: number): string {
  const text = percentage(relative)
  return text.startsWith('>') ? text : `${relative < 0 ? '-' : '+'}${text}`
}

const parts = (date: string) => {
  const [year, month, day] = date.slice(0, 10).split('-').map(Number) as [number, number, number]
  return { year, month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() }
}

const monthName = (month: number) => words.months[month - 1]!.slice(0, 3)
const weekdayName = (weekday: number) => words.weekdays[weekday]!.slice(0, 3)

/** 2026-05-04 → `4 May`. */
export function dayMonth(date: string): string {
  const { day, month } = parts(date)
  return `${day} ${monthName(month)}`
}

/** 2026-05-04 → `Mon 4 May`. */
export function weekdayDate(date: string): string {
  return `${weekdayName(parts(date).weekday)} ${dayMonth(date)}`
}

/** 2026-05-04 → `Mon`. */
export function weekday(date: string): string {
  return weekdayName(parts(date).weekday)
}

/** `Mon 4 – Sun 10 May 2026`; month and year are said twice only where they differ. */
export function longRange({ firstDate, lastDate }: Pick<FrozenPeriod, 'firstDate' | 'lastDate'>): string {
  const [first, last] = [parts(firstDate), parts(lastDate)]
  const start =
    first.year !== last.year
      ? `${weekdayDate(firstDate)} ${first.year}`
      : first.month !== last.month
        ? weekdayDate(firstDate)
        : `${weekdayName(first.weekday)} ${first.day}`
  return `${start} – ${weekdayDate(lastDate)} ${last.year}`
}

/** `27 Apr – 3 May`, `4 – 10 May`. */
export function shortRange({ firstDate, lastDate }: Pick<FrozenPeriod, 'firstDate' | 'lastDate'>): string {
  const sameMonth = firstDate.slice(0, 7) === lastDate.slice(0, 7)
  return `${sameMonth ? parts(firstDate).day : dayMonth(firstDate)} – ${dayMonth(lastDate)}`
}

/** A moment on the clock of the digest's zone: `Mon 11 May 00:00`. */
export function moment({ local }: Moment): string {
  return `${weekdayDate(local)} ${local.slice(11, 16)}`
}

/** Bytes as `84 KB` or `1.2 MB`. */
export function fileSize(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
