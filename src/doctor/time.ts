import { many, one } from '../db.ts'
import { DAY, HOUR, offsetAt, type Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'
import { fail, ok, warn, type Check } from './check.ts'

/** A zone costs some 50 ms to load. */
const MOST_ZONES = 20

/** Seconds between the clocks beyond which dates in mails, expiries and backlogs become wrong, or plainly so. */
const SKEW = { warn: 5, fail: 60 }

/** How far the clocks of this machine and of the database are apart. */
export const clocks: Check = {
  name: 'clock',
  needs: 'database',
  async look({ pool, clock, config }) {
    if (config.clock !== undefined) return warn('frozen by TIDEMARK_CLOCK', 'Unset it where real digests are sent.')
    const before = clock()
    const { at } = await one<{ at: number }>(pool, 'select extract(epoch from clock_timestamp())::float8 as at')
    const after = clock()
    // The answer is from some moment in between.
    const skew = Math.max(0, before - at, at - after)
    const found = `this machine and the database are ${skew < 0.1 ? 'less than 0.1' : skew.toFixed(1)} s apart`
    if (skew < SKEW.warn) return ok(found)
    return (skew < SKEW.fail ? warn : fail)(found, 'Have both follow the same time server (NTP).')
  },
}

/** Whether the database knows the zones in use, and this Node.js agrees with it for the years that matter. */
export const zones: Check = {
  name: 'time zones',
  needs: 'tables',
  async look({ pool, clock }) {
    const berlin = await zoneNamed(pool, 'Europe/Berlin')
    if (offsetAt(berlin, Date.UTC(2026, 6, 1) / 1000) !== 2 * HOUR) {
      return fail(
        'PostgreSQL does not know that Berlin has summer time',
        'Install the time zone data (tzdata) of the database server.',
      )
    }
    const rows = await many<{ name: string }>(
      pool,
      `select distinct name from (select rolled_zone as name from tidemark.accounts union select zone from tidemark.accounts
         union select zone from tidemark.digests) z where name is not null order by 1 limit $1`,
      [MOST_ZONES],
    )
    const [unknown, differing]: [string[], string[]] = [[], []]
    for (const { name } of rows) {
      const zone = await zoneNamed(pool, name).catch(() => undefined)
      if (!zone) unknown.push(name)
      else if (disagreement(zone, clock())) differing.push(name)
    }
    if (unknown.length > 0) {
      return fail(
        `unknown to PostgreSQL or Node.js: ${unknown.join(', ')}`,
        'Update the time zone data of the one that lacks them.',
      )
    }
    if (differing.length > 0) {
      return warn(
        `PostgreSQL and Node.js disagree about ${differing.join(', ')}`,
        'Figures and due times go by PostgreSQL; dates in notices and `timezone_offset` by Node.js. Update the older one.',
      )
    }
    return ok(rows.length === 0 ? 'known' : `PostgreSQL and Node.js agree about the ${rows.length} in use`)
  },
}

/** An instant, from a year ago to two years on, at which Node.js has another offset than the database; around each change, and monthly. */
function disagreement(zone: Zone, now: number): number | undefined {
  const [from, until] = [now - 365 * DAY, now + 730 * DAY]
  const format = new Intl.DateTimeFormat('en', { timeZone: zone.name, timeZoneName: 'longOffset' })
  const probes = zone.starts.filter((start) => start > from && start < until).flatMap((start) => [start - HOUR, start + HOUR])
  for (let at = from; at < until; at += 30 * DAY) probes.push(at)
  return probes.find((at) => offsetOf(format, at) !== offsetAt(zone, at))
}

function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const text = format.formatToParts(at * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT([+-])(\d+)(?::(\d+))?(?::(\d+))?/.exec(text) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * 60 + Number(seconds))
}
