import type { Instant } from '../clock.ts'
import { offsetHours, railsZones } from '../time/rails.ts'

/**
 * The zone that Chatwoot takes a `timezone_offset` for at an instant, by this program's own tz data: the database's may
 * be out of reach. UTC when no zone has that offset.
 */
export function chatwootZone(timezoneOffset: string, at: Instant): string {
  const wanted = offsetHours(timezoneOffset)
  return railsZones.find(({ iana }) => hoursAhead(iana, at) === wanted)?.iana ?? 'UTC'
}

function hoursAhead(zone: string, at: Instant): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(at * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d+):(\d+))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60)
}
