import { readFileSync } from 'node:fs'
import type { Instant } from '../clock.ts'
import { many, sql, type Queryable } from '../db.ts'

/** A zone under the name that Rails gives it. `standardOffset` is in hours, daylight saving time left out. */
export interface RailsZone {
  readonly name: string
  readonly iana: string
  readonly standardOffset: number
}

/** The 151 zones of Rails 7.1 in the order in which Chatwoot searches them: by standard offset, then by name. */
export const railsZones = JSON.parse(readFileSync(new URL('./rails-zones.json', import.meta.url), 'utf8')) as readonly RailsZone[]

const ianaNames = new Map(railsZones.map((zone) => [zone.name, zone.iana]))
const searched = [...new Set(railsZones.map((zone) => zone.iana))]
const currentOffsets = sql(import.meta.url, './current-offsets.sql')

/** The IANA name of a Rails zone; any other text comes back as it is. */
export function ianaName(nameOrIana: string): string {
  return ianaNames.get(nameOrIana) ?? nameOrIana
}

/** Hours of a `timezone_offset` as Ruby's `to_f` reads it: the number that the text starts with, 0 when there is none. */
export function offsetHours(text: string): number {
  return Number(/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i.exec(text)?.[0] ?? 0)
}

/** The offsets at one quarter of an hour; no zone changes within one, so they are asked for four times an hour. */
let latest: { quarter: number; offsets: Promise<Map<string, number>> } | undefined

/**
 * The IANA name of the zone that Chatwoot takes an offset for: the first of the Rails zones whose clocks are `hours`
 * ahead of UTC at `now`, daylight saving time included. Undefined when there is none.
 */
export async function zoneOfOffset(db: Queryable, hours: number, now: Instant): Promise<string | undefined> {
  const offsets = await offsetsAt(db, now)
  return railsZones.find((zone) => offsets.get(zone.iana) === hours * 3600)?.iana
}

/** The first of the Rails zones that are `hours` ahead of UTC without daylight saving time; undefined when none is. */
export function zoneOfStandardOffset(hours: number): RailsZone | undefined {
  const seconds = Math.trunc(hours * 3600)
  return railsZones.find((zone) => zone.standardOffset * 3600 === seconds)
}

function offsetsAt(db: Queryable, now: Instant): Promise<Map<string, number>> {
  const quarter = Math.floor(now / 900)
  if (latest?.quarter === quarter) return latest.offsets
  const offsets = readOffsets(db, now)
  latest = { quarter, offsets }
  offsets.catch(() => {
    if (latest?.offsets === offsets) latest = undefined
  })
  return offsets
}

async function readOffsets(db: Queryable, now: Instant): Promise<Map<string, number>> {
  const rows = await many<{ name: string; offset: number }>(db, currentOffsets, [searched, now])
  return new Map(rows.map((row) => [row.name, row.offset]))
}
