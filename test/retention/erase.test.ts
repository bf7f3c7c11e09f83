// Backfills of days whose raw rows were purged, asked for over HTTP and at the command line: without the word for it nothing
// changes, not even by its plan. With it they run: where the rows are back from a backup every rolled row is again what it was, and
// where they are not, nothing is left of those days, reports say so, and who allowed it is on record. What one does not roll, as it is
// called off, waits or has another mode, stays to the byte, whatever is verified meanwhile.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many, one, type Pool } from '../../src/db.ts'
import { demoAccounts } from '../../src/demo/load.ts'
import type { App } from '../../src/http/app.ts'
import { reading } from '../../src/reports/reading.ts'
import { COMMAND } from '../../src/audit/actor.ts'
import { purge } from '../../src/retention/purge.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { controlBackfill, type Control } from '../../src/rollups/backfill/control-backfill.ts'
import { planBackfill } from '../../src/rollups/backfill/plan-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { optionsOf } from '../../src/rollups/backfill/start-backfill.ts'
import { rawSince } from '../../src/rollups/kept.ts'
import { lateHours } from '../../src/rollups/rolling/late-hours.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { dateAt, unitStart } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { serve } from '../http/desk.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollAll } from '../support/rolled-rows.ts'
import {
  addMessage,
  asked as answered,
  backUp,
  boundary,
  keep,
  midnight,
  NOW,
  reconcileAll,
  REFUSED,
  rolledDesk,
  rollupHash,
} from './desk.ts'

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
    const putBack = await backUp(pool)
    await keep(pool, 1, { raw: 50 })
    await purge(pool, 1, { reason: 'test' })
    const before = await stateOf(1)
    const asked = { account_id: 1, since: '2026-03-01', until: '2026-03-29', reason: 'rows are back', dry_run: false }
    expect(await post(asked)).toMatchObject({ status: 422, json: { detail: expect.stringContaining('allow_erase') as string } })
    const dry = await post({ ...asked, dry_run: true })
    const gone = { first_day: '2026-03-01', last_day: '2026-03-21', days: 21, erased: false }
    const refusal = expect.stringContaining('allow_erase') as string
    expect(dry).toMatchObject({ status: 200, json: { purged: { ...gone, refusal }, roll: { days: 7, first_day: '2026-03-22' } } })
    expect(await post({ ...asked, plan: dry.json.plan })).toMatchObject({ status: 422, json: { detail: refusal } })
    const planned = await post({ ...asked, dry_run: true, allow_erase: true })
    expect(planned).toMatchObject({ status: 200, json: { purged: { ...gone, erased: true, refusal: null }, roll: { days: 28 } } })
    expect(await stateOf(1)).toEqual(before)

    await putBack()
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

// Kolkata: raw rows are kept from 6 April on, and a chunk of seven days that ends on the 8th begins with the month.
const [KEPT, APRIL] = [midnight(35), midnight(40)]
const range = { accountId: 1, since: midnight(50), until: midnight(33), reason: 'test', allowErase: true }
const options = optionsOf({ allowErase: true })

/** An account of which something was purged, in a database of its own. */
async function withPurged<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const own = await rolledDesk()
  try {
    await keep(own.pool, 1, { raw: 35 })
    await purge(own.pool, 1, { reason: 'test' })
    return await work(own.pool)
  } finally {
    await own.drop()
  }
}

const control = (pool: Pool, id: number, what: Control) => controlBackfill(pool, 1, id, what, { actor: COMMAND, at: NOW })
const messages = (pool: Pool, from: number, until: number) =>
  answered(pool, 1, async (read) => {
    const question = { dimension: 'account', since: from, until, metrics: ['incoming_messages_count'] } as const
    return (await read.totals(question))[0]?.figures.incoming_messages_count?.n ?? 0
  })
const halfDay = (pool: Pool, day: number) => messages(pool, day + 9.25 * 3600, day + 17.25 * 3600)

test(
  'one that is paused, and called off before it began, leaves all as it was, with another mode too',
  { timeout: 120_000 },
  () =>
    withPurged(async (pool) => {
      const whole = await rollupHash(pool, 1)
      const unchanged = async () => {
        expect(await reconcileAll(pool)).toBe(0)
        expect(await rollupHash(pool, 1)).toBe(whole)
        expect(await boundary(pool, 'raw_since')).toBe(KEPT)
        expect(await halfDay(pool, midnight(45))).toBe(REFUSED)
      }
      const { id } = await requestBackfill(pool, range)
      await control(pool, id, 'pause')
      expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'paused', hoursDone: 0 })
      await unchanged()
      await control(pool, id, 'cancel')

      // What was purged is rolled: nothing is missing, and the plan does not say that anything goes.
      const missing = { ...range, ...options, mode: 'missing' } as const
      const plan = await planBackfill(pool, missing, NOW)
      expect(plan).toMatchObject({ roll: { days: 0 }, purged: { days: 15, erased: false, refusal: null } })
      const asked = await requestBackfill(pool, missing)
      expect(await runBackfill(pool, 1, asked.id)).toMatchObject({ state: 'completed', hoursDone: 0 })
      await unchanged()
    }),
)

test.each([['newest'], ['oldest']] as const)(
  'one that is called off has rolled what it did, %s first, and nothing else',
  { timeout: 120_000 },
  (first) =>
    withPurged(async (pool) => {
      const [earlier, before] = [await rollupHash(pool, 1, APRIL), await messages(pool, APRIL, midnight(33))]
      const oldestFirst = first === 'oldest'
      // In part of what it rolls the rows are back.
      await addMessage(pool, midnight(38) + 10 * 3600)
      await rollAll(pool)
      const { id } = await requestBackfill(pool, { ...range, oldestFirst, until: oldestFirst ? NOW : range.until })
      const stop = new AbortController()
      const at = await runBackfill(pool, 1, id, { signal: stop.signal, onProgress: () => stop.abort() })
      expect(at).toMatchObject({ state: 'running', daysDone: 7 })
      // Whatever comes first otherwise, what was purged goes on from where raw rows begin.
      const since = oldestFirst ? midnight(42) : APRIL
      expect(await boundary(pool, 'raw_since')).toBe(since)
      await control(pool, id, 'cancel')
      expect(await reconcileAll(pool)).toBe(0)
      expect(await boundary(pool, 'raw_since')).toBe(since)
      if (!oldestFirst) expect(await rollupHash(pool, 1, APRIL)).toBe(earlier)
      expect(await halfDay(pool, midnight(43))).toBe(REFUSED)
      expect(await halfDay(pool, midnight(38))).toBe('1')
      expect(Number(await messages(pool, APRIL, midnight(33)))).toBeLessThan(Number(before))
      expect((await verifyRollups(pool, 1, everything)).differing).toBe(0)
    }),
)

test('what cannot be reached from where raw rows begin is refused, and a look at what would change tells what goes', () =>
  withPurged(async (pool) => {
    const apart = { ...range, until: midnight(36) }
    await expect(requestBackfill(pool, apart)).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('End on 2026-04-06 or later') as string,
    })
    const refused = await planBackfill(pool, { ...apart, ...options }, NOW)
    expect(refused).toMatchObject({ roll: { days: 0 }, purged: { days: 14, erased: false } })
    expect(refused.purged!.refusal).toContain('End on 2026-04-06')
    const hash = await rollupHash(pool, 1)
    const plan = await planBackfill(pool, { ...range, ...options }, NOW, { diff: 'all' })
    expect(plan).toMatchObject({ roll: { days: 17 }, purged: { days: 15, erased: true, refusal: null } })
    const incoming = plan.diff!.metrics.find(({ metric }) => metric === 'incoming_messages_count')!
    expect(incoming.before!).toBeGreaterThan(incoming.after!)
    expect([await rollupHash(pool, 1), await boundary(pool, 'raw_since')]).toEqual([hash, KEPT])
  }))
