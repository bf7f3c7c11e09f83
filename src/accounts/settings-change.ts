import type { Instant } from '../clock.ts'
import type { Change } from '../audit/change.ts'
import { recordAct } from '../audit/record.ts'
import { one, run, sql, transaction, type Client, type Pool, type Queryable } from '../db.ts'
import { invalid } from '../errors.ts'
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
    const { was, is } = differences(wireOf(before), wireOf(after))
    if (Object.keys(is).length === 0) return after
    await store(tx, accountId, { before, after }, change.at)
    await recordAct(tx, { ...change, accountId, action: 'settings.update', before: was, after: is })
    return after
  })
}

/** Settings that fit the installation. @throws Refusal (422) for a zone that there is not, or a purge of what is not ours */
async function checked(db: Queryable, settings: Settings): Promise<Settings> {
  if (settings.retention.raw !== null && !(await isStandalone(db)))
    throw invalid('retention.raw: this installation reads Chatwoot’s own tables and never removes their rows. Give null.')
  return settings.zone === null ? settings : { ...settings, zone: (await zoneNamed(db, settings.zone)).name }
}

/** Whether the raw rows are Tidemark's own. */
async function isStandalone(db: Queryable): Promise<boolean> {
  const found = await one<{ own: boolean }>(db, `select to_regclass('tidemark.raw_migrations') is not null as own`)
  return found.own
}

/** The settings that differ, as they were and as they are. */
function differences(before: WireSettings, after: WireSettings): Record<'was' | 'is', Partial<WireSettings>> {
  const names = (Object.keys(after) as (keyof WireSettings)[]).filter((name) => !isSame(before[name], after[name]))
  const only = (of: WireSettings) => Object.fromEntries(names.map((name) => [name, of[name]]))
  return { was: only(before), is: only(after) }
}

/** Whether two values are the same as JSON, whatever the order of keys: PostgreSQL's jsonb does not keep it. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  const [left, right] = [one, other] as Record<string, unknown>[]
  const keys = Object.keys(left!)
  return keys.length === Object.keys(right!).length && keys.every((key) => isSame(left![key], right![key]))
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
    json(isSame(retention, EVERYTHING_KEPT) ? null : retention),
    json(isSame(branding, UNBRANDED) ? null : branding),
    at,
  ])
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
