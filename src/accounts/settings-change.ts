import { isDeepStrictEqual } from 'node:util'
import type { Change } from '../audit/change.ts'
import { differences } from '../audit/differences.ts'
import { recordAct } from '../audit/record.ts'
import type { Instant } from '../clock.ts'
import { run, sql, transaction, type Client, type Pool, type Queryable } from '../db.ts'
import { invalid } from '../errors.ts'
import { isStandalone } from '../source/standalone.ts'
import { zoneNamed } from '../time/zones.ts'
import { EVERYTHING_KEPT, settingsOf, UNBRANDED, type Settings } from './settings.ts'
import { settingsFrom, wireOf, type WireSettings } from './settings-schema.ts'

const storeSettings = sql(import.meta.url, './store-settings.sql')
const storeZone = sql(import.meta.url, './store-zone.sql')

/**
 * Changes what an account has settled for itself, all of it or nothing, and tells the audit log what was changed. Changes of
 * an account wait for each other, so that none undoes what another has just done.
 * @param wanted gives the settings as JSON, from those that there are
 * @throws Refusal (422) that says what to give instead
 */
export async function changeSettings(
  pool: Pool,
  accountId: number,
  wanted: (before: WireSettings) => unknown,
  change: Change & { reason: string | null },
): Promise<Settings> {
  return transaction(pool, async (tx) => {
    await run(tx, `select pg_advisory_xact_lock(hashtext('tidemark settings'), $1::int)`, [accountId])
    const before = await settingsOf(tx, accountId)
    const after = await checked(tx, settingsFrom(wanted(wireOf(before))))
    const changed = differences(wireOf(before), wireOf(after))
    if (!changed) return after
    await store(tx, accountId, { before, after }, change.at)
    await recordAct(tx, { ...change, accountId, action: 'settings.update', ...changed })
    return after
  })
}

/** Settings that fit the installation. @throws Refusal (422) for a zone that there is not, or a purge of what is not ours */
async function checked(db: Queryable, settings: Settings): Promise<Settings> {
  if (settings.retention.raw !== null && !(await isStandalone(db)))
    throw invalid('retention.raw: this installation reads Chatwoot’s own tables and never removes their rows. Give null.')
  return settings.zone === null ? settings : { ...settings, zone: (await zoneNamed(db, settings.zone)).name }
}

type Step = Record<'before' | 'after', Settings>

async function store(tx: Client, accountId: number, { before, after }: Step, at: Instant): Promise<void> {
  const { zone, firstWeekday, workingHours, holidays, retention, branding } = after
  if (zone !== before.zone) await run(tx, storeZone, [accountId, zone])
  await run(tx, storeSettings, [
    accountId,
    firstWeekday,
    json(workingHours),
    json(holidays.length === 0 ? null : holidays),
    json(isDeepStrictEqual(retention, EVERYTHING_KEPT) ? null : retention),
    json(isDeepStrictEqual(branding, UNBRANDED) ? null : branding),
    at,
  ])
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
