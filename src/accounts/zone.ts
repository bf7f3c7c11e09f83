import { maybeOne, sql, type Queryable } from '../db.ts'
import { Refusal } from '../errors.ts'
import { ianaName } from '../time/rails.ts'
import { UTC, type Zone } from '../time/zone.ts'
import { zoneNamed } from '../time/zones.ts'

const zoneName = sql(import.meta.url, './zone-name.sql')

/**
 * The zone of an account: its hours and days, and what reports mean by "day" unless another is asked for. A name that is
 * no zone, as Chatwoot lets its settings hold, means UTC.
 */
export async function accountZone(db: Queryable, accountId: number): Promise<Zone> {
  const row = await maybeOne<{ name: string }>(db, zoneName, [accountId])
  if (!row) return UTC
  try {
    return await zoneNamed(db, ianaName(row.name))
  } catch (error) {
    if (error instanceof Refusal) return UTC
    throw error
  }
}
