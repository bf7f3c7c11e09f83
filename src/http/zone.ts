import { accountZone } from '../accounts/zone.ts'
import type { Instant } from '../clock.ts'
import type { Queryable } from '../db.ts'
import { HOUR, offsetAt, UTC, type Zone } from '../time/zone.ts'
import { ianaName, offsetHours, zoneOfOffset } from '../time/rails.ts'
import { zoneNamed } from '../time/zones.ts'

/**
 * The zone that a request's buckets are cut in. `timezone` wins over `timezone_offset`. An offset that the account's own
 * clocks have now means the account's zone; any other the zone that Chatwoot takes it for; one that no zone has, UTC.
 * @throws Refusal (422) when `timezone` is none.
 */
export async function requestZone(
  db: Queryable,
  accountId: number,
  query: { timezone?: string | undefined; timezone_offset?: string | undefined },
  now: Instant,
): Promise<Zone> {
  const name = query.timezone?.trim()
  if (name) return zoneNamed(db, ianaName(name))
  if (!query.timezone_offset?.trim()) return UTC
  const hours = offsetHours(query.timezone_offset)
  const own = await accountZone(db, accountId)
  if (offsetAt(own, now) === hours * HOUR) return own
  const picked = await zoneOfOffset(db, hours, now)
  return picked === undefined ? UTC : zoneNamed(db, picked)
}
