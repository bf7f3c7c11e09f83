import { readFileSync } from 'node:fs'
import { many, type Queryable } from '../../src/db.ts'
import type { Zone } from '../../src/time/zone.ts'

const zonesSql = readFileSync(new URL('./zones-within.sql', import.meta.url), 'utf8')

/** Zones whose clocks show the same between two dates, under the name of the first of them. */
export interface Clocks {
  zone: Zone
  names: string[]
}

/**
 * Every zone that the server knows, those with the same clocks between two dates (at most some years) together: five seconds
 * for all of the 553 names, where a minute goes by until each has been loaded from 1970 to 2100.
 */
export async function zonesWithin(db: Queryable, from: string, until: string): Promise<Clocks[]> {
  const rows = await many<{ name: string; starts: number[]; offsets: number[] }>(db, zonesSql, [from, until])
  const clocks = new Map<string, Clocks>()
  for (const { name, starts, offsets } of rows) {
    const rules = JSON.stringify([starts.slice(1), offsets])
    const known = clocks.get(rules)
    if (known) known.names.push(name)
    else clocks.set(rules, { zone: { name, starts, offsets }, names: [name] })
  }
  return [...clocks.values()]
}
