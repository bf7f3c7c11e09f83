// Backfills of days whose raw rows were purged, asked for over HTTP and at the command line: without the word for it nothing
// changes, not even by its plan. With it they run: where the rows are back from a backup every rolled row is again what it was, and
// where they are not, nothing is left of those days, reports say so, and who allowed it is on record.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { demoAccounts } from '../../src/demo/load.ts'
import type { App } from '../../src/http/app.ts'
import { reading } from '../../src/reports/reading.ts'
import { purge } from '../../src/retention/purge.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { rawSince } from '../../src/rollups/kept.ts'
import { lateHours } from '../../src/rollups/rolling/late-hours.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { dateAt, unitStart } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { serve } from '../http/desk.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollAll } from '../support/rolled-rows.ts'
import { keep, NOW, rolledDesk, rollupHash } from './desk.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  app = serve(database.pool, { clock: () => NOW })
})
afterAll(async () => {
  vi.useRealTimers()
  await app?.close()
  await database?.drop()
})

const everything = { from: -Infinity, until: Infinity }
const tables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings'] as const

async function post(payload: object) {
  const [{ token } = { token: '' }] = await demoAccounts(database.pool)
  const headers = { api_access_token: token }
  const answer = await app.inject({ method: 'POST', url: '/api/v1/admin/backfills', headers, payload })
  return { status: answer.statusCode, json: answer.json() as Record<string, unknown> & { id: number } }
}

/** All that a backfill could change of an account. */
const stateOf = async (account: number) => ({
  rows: await rollupHash(database.pool, account),
  raw: await rawSince(database.pool, account),
  backfills: await many(database.pool, 'select id, state from tidemark.backfills where account_id = $1 order by id', [account]),
  acts: await many(database.pool, 'select id from tidemark.audit_log where account_id = $1 order by id', [account]),
})

/** Who allowed the last backfill to erase, and why. */
const allowed = (account: number) =>
  one(
    database.pool,
    `select actor_kind as who, reason, after ->> 'allow_erase' as allowed from tidemark.audit_log
     where account_id = $1 and action = 'backfill.start' order by id desc limit 1`,
    [account],
  )

test(
  'over HTTP: refused without the word; with it, and the rows back from a backup, all is as it was',
  { timeout: 180_000 },
  async () => {
    const { pool } = database
    const whole = await rollupHash(pool, 1)
    for (const table of tables) await run(pool, `create table public.backup_${table} as table public.${table}`)
    await keep(pool, 1, { raw: 50 })
    await purge(pool, 1, { reason: 'test' })
    const before = await stateOf(1)
    const asked = { account_id: 1, since: '2026-03-01', until: '2026-03-29', reason: 'rows are back', dry_run: false }
    expect(await post(asked)).toMatchObject({ status: 422, json: { detail: expect.stringContaining('allow_erase') as string } })
    expect(await post({ ...asked, dry_run: true })).toMatchObject({ status: 422 })
    const planned = await post({ ...asked, dry_run: true, allow_erase: true })
    expect(planned).toMatchObject({ status: 200, json: { purged: { erased: true } } })
    expect(await stateOf(1)).toEqual(before)

    for (const table of tables) {
      const missing = `select * from public.backup_${table} b where not exists (select from public.${table} t where t.id = b.id)`
      expect(await run(pool, `insert into public.${table} ${missing}`), table).toBeGreaterThan(0)
    }
    // They come late for days that are final, until somebody says that they are not.
    await rollAll(pool)
    expect(await rollupHash(pool, 1)).toBe(before.rows)
    expect((await lateHours(pool, 1)).length).toBeGreaterThan(0)
    const { status, json } = await post({ ...asked, allow_erase: true, plan: planned.json.plan })
    expect(status).toBe(201)
    expect(await runBackfill(pool, 1, json.id)).toMatchObject({ state: 'completed' })
    expect(await rollupHash(pool, 1)).toBe(whole)
    expect(await lateHours(pool, 1)).toEqual([])
    expect(await rawSince(pool, 1)).toBeLessThan(before.raw)
    expect((await verifyRollups(pool, 1, everything)).differing).toBe(0)
    expect(await allowed(1)).toEqual({ who: 'user', reason: 'rows are back', allowed: 'true' })
  },
)

test(
  'at the command line: refused without the word; with it, and no rows, nothing is left of those days',
  { timeout: 180_000 },
  async () => {
    const { pool } = database
    await keep(pool, 2, { raw: 50 })
    await purge(pool, 2, { reason: 'test' })
    const zone = await zoneNamed(pool, 'America/New_York')
    const [since, until] = [unitStart(zone, NOW, 'day', -55), unitStart(zone, NOW, 'day', -45)]
    const neighbour = await stateOf(1)
    const before = await stateOf(2)
    const command = (...args: string[]) =>
    tidemark(
      ['--json', 'backfill', ...args, '--account', '2', '--since', dateAt(zone, since), '--until', dateAt(zone, until)],
      { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() },
    ) // prettier-ignore
    const said = ['run', '--reason', 'test', '--yes']
    const refused = await command(...said)
    expect({ code: refused.code, told: refused.stderr.includes('--allow-erase') }).toEqual({ code: 2, told: true })
    expect((await command('run', '--reason', 'test', '--allow-erase')).code).toBe(2)
    expect(await stateOf(2)).toEqual(before)

    const incoming = async (from: number, to: number) => {
      const question = { dimension: 'account', since: from, until: to, metrics: ['incoming_messages_count'] } as const
      const [row] = await reading(pool, 2, (read) => read.totals(question), NOW)
      return row?.figures.incoming_messages_count?.n ?? 0
    }
    const kept = unitStart(zone, NOW, 'day', -50)
    const months = [unitStart(zone, NOW, 'month', -2), since] as const
    const [erased, earlier, later] = [await incoming(since, kept), await incoming(...months), await incoming(kept, NOW)]
    expect(erased).toBeGreaterThan(0)
    const ran = await command(...said, '--allow-erase')
    expect(ran.code, ran.stderr).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ state: 'completed', allow_erase: true })
    expect(await incoming(since, kept)).toBe(0)
    expect(await incoming(...months)).toBe(earlier)
    expect(await incoming(kept, NOW)).toBe(later)
    expect((await verifyRollups(pool, 2, everything)).differing).toBe(0)
    expect(await allowed(2)).toEqual({ who: 'command', reason: 'test', allowed: 'true' })
    expect(await stateOf(1)).toEqual(neighbour)
  },
)
