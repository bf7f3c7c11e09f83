import type { Metric } from '../../rollups/metric.ts'
import type { Figure } from '../../rollups/metrics.ts'
import type { Words } from './words/words.ts'

type Unit = Metric['unit']

/** 1204 → `1,204`. */
export function count({ numbers }: Words, value: number): string {
  const size = String(Math.round(Math.abs(value))).replace(/\B(?=(\d{3})+$)/g, numbers.group)
  return value <= -0.5 ? numbers.minus + size : size
}

/** 91.667 with one digit → `91.7`. */
export function decimal(words: Words, value: number, digits: number): string {
  const [whole = '', fraction] = Math.abs(value).toFixed(digits).split('.')
  const size = count(words, Number(whole)) + (fraction === undefined ? '' : words.numbers.decimal + fraction)
  return value < 0 && Number(value.toFixed(digits)) !== 0 ? words.numbers.minus + size : size
}

/** Seconds as their two largest units: `45s`, `14m 02s`, `5h 40m`, `2d 05h`. */
export function duration(words: Words, seconds: number): string {
  const { units, below, minus } = words.numbers
  if (seconds < 0) return minus + duration(words, -seconds)
  if (seconds > 0 && seconds < 0.5) return `${below}1${units.s}`
  const two = (value: number, size: number, large: string, small: string) =>
    `${Math.floor(value / size)}${large} ${String(value % size).padStart(2, '0')}${small}`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole}${units.s}`
  if (whole < 3600) return two(whole, 60, units.m, units.s)
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return two(minutes, 60, units.h, units.m)
  return two(Math.round(seconds / 3600), 24, units.d, units.h)
}

/** The same with one unit where that is enough for a subject line or says all: `14m`, `5h 40m`. */
export function shortDuration(words: Words, seconds: number): string {
  const { m } = words.numbers.units
  return seconds >= 60 && seconds < 3570 ? `${Math.round(seconds / 60)}${m}` : duration(words, seconds)
}

/** A length of time that somebody has set, without units that are 0: `15m`, `4h`, `1h 30m`. */
export function setDuration(words: Words, seconds: number): string {
  const { units } = words.numbers
  const sizes = [
    [86_400, units.d, Infinity],
    [3600, units.h, 86_400],
    [60, units.m, 3600],
  ] as const
  const whole = sizes.find(([size, , end]) => seconds >= size && seconds < end && seconds % size === 0)
  return whole ? count(words, seconds / whole[0]) + whole[1] : duration(words, seconds)
}

/** A value in its unit; `no data` where there is none, which is not the same as 0. */
export function figure(words: Words, unit: Unit, { value }: { value: Figure['value']; n?: number }): string {
  if (value === null) return words.delta.noData
  if (unit === 'count') return count(words, value)
  if (unit === 'seconds') return duration(words, value)
  return unit === 'percent' ? words.numbers.percent(decimal(words, value, 1)) : decimal(words, value, 2)
}

/** A difference with its sign, in the unit of the metric: `+38`, `-1m 52s`, `+2.8`, `-0.12`. */
export function signed(words: Words, unit: Unit, difference: number): string {
  const size = Math.abs(difference)
  const text =
    unit === 'count'
      ? count(words, size)
      : unit === 'seconds'
        ? duration(words, size)
        : decimal(words, size, unit === 'percent' ? 1 : 2)
  return `${difference < 0 ? words.numbers.minus : words.numbers.plus}${text}`
}

/** A relative change without its sign as whole percent, cut off where it says nothing more: `8%`, `>999%`. */
export function percentage({ numbers }: Words, relative: number): string {
  const percent = Math.round(Math.abs(relative) * 100)
  return percent > 999 ? numbers.above + numbers.percent('999') : numbers.percent(String(percent))
}

/** A relative change with its sign: `+8%`. */
export function signedPercent(words: Words, relative: number): string {
  const text = percentage(words, relative)
  if (text.startsWith(words.numbers.above)) return text
  return `${relative < 0 ? words.numbers.minus : words.numbers.plus}${text}`
}

/** Bytes as `84 KB` or `1.2 MB`. */
export function fileSize(words: Words, bytes: number): string {
  const { kb, mb } = words.numbers.bytes
  return bytes < 1024 * 1024
    ? `${count(words, Math.max(1, bytes / 1024))}\u00a0${kb}`
    : `${decimal(words, bytes / 1024 / 1024, 1)}\u00a0${mb}`
}
