import { invalid } from '../errors.ts'
import { many, sql, type Queryable } from '../db.ts'
import { UTC, type Zone } from './zone.ts'

const zoneOffsets = sql(import.meta.url, './zone-offsets.sql')
/** Keyed in lower case, as names match in any case and callers name them: the map stays as small as the tz database. */
const zones = new Map<string, Promise<Zone>>([['utc', Promise.resolve(UTC)]])
/** The server's names of zones, keyed in the same way. */
const spellings = new Map<string, string>()
let listing: Promise<void> | undefined

/** True for an IANA name. PostgreSQL alone would take any text of the form ABC3 for a zone. */
export function isZoneName(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name) || name.length > 64) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/**
 * The zone of an IANA name, with its offsets from 1970 to 2100 as the database knows them. Kept for the process.
 * @throws Refusal (422) when there is no such zone.
 */
export async function zoneNamed(db: Queryable, name: string): Promise<Zone> {
  const key = name.toLowerCase()
  const known = zones.get(key)
  if (known) return known
  if (!isZoneName(name)) throw unknownZone(name)
  const loading = loadZone(db, name)
  zones.set(key, loading)
  loading.catch(() => zones.delete(key))
  return loading
}

async function loadZone(db: Queryable, name: string): Promise<Zone> {
  const known = await spelled(db, name)
  const rows = await many<{ start: number; offset: number }>(db, zoneOffsets, [known])
  return { name: known, starts: rows.map((row) => row.start), offsets: rows.map((row) => row.offset) }
}

/**
 * The server's own spelling: the name is stored and compared, and a name that the server does not know would end the caller's
 * transaction. PostgreSQL reads all of its list, some 50 ms, whichever name is asked for: once per process, and again for a
 * name that is not on it.
 */
async function spelled(db: Queryable, name: string): Promise<string> {
  const key = name.toLowerCase()
  if (!spellings.has(key)) await (listing ??= readSpellings(db).finally(() => (listing = undefined)))
  const known = spellings.get(key)
  if (known === undefined) throw unknownZone(name)
  return known
}

async function readSpellings(db: Queryable): Promise<void> {
  for (const { name } of await many<{ name: string }>(db, 'select name from pg_timezone_names')) {
    const key = name.toLowerCase()
    if (!spellings.has(key)) spellings.set(key, name)
  }
}

const unknownZone = (name: string) =>
  invalid(`There is no time zone ${JSON.stringify(name.slice(0, 64))}. Name one of the IANA list, such as Europe/Berlin.`)
