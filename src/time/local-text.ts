import type { Instant } from '../clock.ts'
import { localAt, offsetAt, type Zone } from './zone.ts'

/** What the wall clock of a zone shows at an instant: `2026-05-04T13:00:00`. */
export function clockText(zone: Zone, instant: Instant): string {
  return new Date(Math.floor(localAt(zone, instant)) * 1000).toISOString().slice(0, 19)
}

/** An instant as ISO 8601 with the offset that the zone has then: `2026-05-04T13:00:00+02:00`. */
export function localText(zone: Zone, instant: Instant): string {
  return clockText(zone, instant) + utcOffset(offsetAt(zone, instant))
}

/** Seconds ahead of UTC as `+02:00`. */
export function utcOffset(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** An instant in UTC, to the second: `2026-05-04T07:00:00Z`. */
export const isoOf = (at: Instant): string => `${new Date(Math.floor(at) * 1000).toISOString().slice(0, 19)}Z`
