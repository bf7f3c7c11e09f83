// What a backfill rolls, how it rests, what it does with hours that cannot be rolled, and what it says of that.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { COMMAND } from '../../src/audit/actor.ts'
import { many, one, run } from '../../src/db.ts'
import { activeBackfills, followZone, requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { daysToRoll } from '../../src/rollups/backfill/backfill-days.ts'
import { failedHours } from '../../src/rollups/backfill/backfill-json.ts'
import type { Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { controlBackfill, type Control } from '../../src/rollups/backfill/control-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { startBackfill, type BackfillRequest } from '../../src/rollups/backfill/start-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'
import { differences, drain } from '../support/recompute.ts'
import { reportDifferences } from '../support/report-differences.ts'

const DAY = 86_400
const DAYS = (CLOSED - OPENED) / DAY

let db: TestDatabase
let desk: Desk
beforeAll(async () => void (db = await createDeskDatabase()))
beforeEach(async () => {
  desk = await openDesk(db.pool, 'UTC')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 20, OPENED))
})
afterAll(() => db.drop())

const range = () => ({ accountId: desk.accountId, since: OPENED, until: CLOSED, reason: 'test' })
const ask = (change: Partial<BackfillRequest> = {}) => requestBackfill(db.pool, { ...range(), ...change })
const work = ({ id }: Backfill) => runBackfill(db.pool, desk.accountId, id)
const control = ({ id }: Backfill, what: Control) =>
  controlBackfill(db.pool, desk.accountId, id, what, { actor: COMMAND, at: CLOSED, reason: null })
const insertMessage = (at: number) =>
  run(
    db.pool,
    `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
     values ($1, 1, $2, 1, to_timestamp($3) at time zone 'UTC', now())`,
    [desk.accountId, desk.conversations[0], at],
  )
const days = async (mode: 'missing' | 'incomplete' | 'all') =>
  (await daysToRoll(db.pool, desk.accountId, { since: OPENED, until: CLOSED, mode })).map(({ from }) => (from - OPENED) / DAY)

test('missing rolls what never was, incomplete also what is dirty, all everything: and each says so beforehand', async () => {
  expect((await work(await ask({ since: OPENED + 3 * DAY, until: OPENED + 9 * DAY }))).hoursDone).toBe(6 * 24)
  await insertMessage(OPENED + 5.5 * DAY)
  const missing = Array.from({ length: DAYS }, (_, day) => day).filter((day) => day < 3 || day >= 9)
  expect(await days('missing')).toEqual(missing)
  expect(await days('incomplete')).toEqual([...missing, 5].sort((a, b) => a - b))
  expect(await days('all')).toHaveLength(DAYS)
  expect(await work(await ask({ mode: 'incomplete' }))).toMatchObject({
    state: 'completed',
    hoursDone: (missing.length + 1) * 24,
    daysDone: missing.length + 1,
    hoursNew: missing.length * 24,
    hoursChanged: 1,
    hoursUnchanged: 23,
  })
  expect(await days('incomplete')).toEqual([])
  expect(await work(await ask({ mode: 'missing' }))).toMatchObject({ state: 'completed', hoursDone: 0 })
  expect(await work(await ask({ mode: 'all', verify: true }))).toMatchObject({
    state: 'completed',
    hoursUnchanged: DAYS * 24,
    report: { verification: { differing: 0 } },
  })
  expect(await reportDifferences(db.pool, desk.accountId, OPENED - DAY, CLOSED + DAY)).toEqual([])
})

test('oldest first: rows that come in after the last day while it is not covered yet are not lost', async () => {
  const asked = await ask({ since: -Infinity, until: Infinity, oldestFirst: true })
  const first = new AbortController()
  const at = await runBackfill(db.pool, desk.accountId, asked.id, { signal: first.signal, onProgress: () => first.abort() })
  expect(at.todo[0]!.from).toBeGreaterThan(OPENED)
  expect(at.todo.at(-1)!.until).toBe(at.days.at(-1)!.until)
  // As if it had been paused for days: the sweep takes their marks off, as nothing is covered there.
  await insertMessage(at.days.at(-1)!.until + 3 * DAY)
  await drain(db.pool)
  await work(asked)
  expect(await reportDifferences(db.pool, desk.accountId, OPENED - DAY, CLOSED + 1000 * DAY)).toEqual([])
  await drain(db.pool)
  expect(await differences(db.pool, [desk.accountId])).toEqual([])
})

test('a limit is kept evenly, and by whoever goes on after a kill', async () => {
  const asked = await ask({ maxHoursPerMinute: 144 })
  // One day a chunk, then ten seconds of rest: whoever works on it hands it back.
  expect(await work(asked)).toMatchObject({ state: 'running', hoursDone: 24, chunks: 1 })
  const rest = await work(asked)
  expect(rest.hoursDone).toBe(24)
  expect(rest.restSeconds).toBeGreaterThan(5)
  expect(rest.restSeconds).toBeLessThanOrEqual(10)
  await run(db.pool, `update tidemark.backfills set paced_until = now() - interval '4 seconds' where id = $1`, [asked.id])
  const next = await work(asked)
  expect(next.hoursDone).toBe(48)
  // What it lagged behind is made up for.
  expect(next.restSeconds).toBeGreaterThan(3)
  expect(next.restSeconds).toBeLessThanOrEqual(6)
})

test('outside its window it rests, says until when, and begins with it', async () => {
  const now = new Date()
  const clock = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toISOString().slice(11, 16)
  const asked = await ask({ window: { from: clock(120), until: clock(240) } })
  const rest = await work(asked)
  expect(rest).toMatchObject({ state: 'queued', hoursDone: 0 })
  expect(rest.pacedUntil! - now.getTime() / 1000).toBeGreaterThan(110 * 60)
  expect(rest.pacedUntil! - now.getTime() / 1000).toBeLessThanOrEqual(120 * 60)
  await run(db.pool, `update tidemark.backfills set window_from = $2, window_until = $3 where id = $1`, [
    asked.id,
    clock(-60),
    clock(60),
  ])
  await control(asked, 'pause')
  await control(asked, 'resume')
  expect(await work(asked)).toMatchObject({ state: 'completed', hoursDone: DAYS * 24 })
})

test('an hour that cannot be rolled stops no other, is told without data, and alone is tried again', async () => {
  const bad = OPENED + 4 * DAY + 5 * 3600
  await run(
    db.pool,
    `insert into reporting_events (name, value, account_id, inbox_id, created_at, updated_at)
     select 'reply_time', 1e308, $1, 1, to_timestamp($2) at time zone 'UTC', now() from generate_series(1, 2)`,
    [desk.accountId, bad + 60],
  )
  const asked = await ask({ verify: true })
  const done = await work(asked)
  expect(done).toMatchObject({
    state: 'completed_with_errors',
    hoursDone: DAYS * 24,
    failing: 1,
    report: { hours: { failed: 1 }, verification: { differing: 0 } },
  })
  const [failed, ...more] = await failedHours(db.pool, done)
  expect(more).toEqual([])
  expect(failed).toMatchObject({ hour: `${new Date(bad * 1000).toISOString().slice(0, 19)}Z`, rolled: false })
  expect(failed!.error).toBe('value out of range: overflow (22003)')
  expect(failed!.next_try_at).not.toBeNull()
  // Still there: it fails again.
  await control(asked, 'retry')
  const again = await work(asked)
  expect(again).toMatchObject({ state: 'completed_with_errors', hoursDone: DAYS * 24, hoursTotal: DAYS * 24, daysDone: DAYS })
  expect(again.report!.hours).toEqual({ new: DAYS * 24 - 1, changed: 0, unchanged: 0, failed: 1 })
  await run(db.pool, 'delete from reporting_events where account_id = $1 and value = 1e308', [desk.accountId])
  await control(asked, 'retry')
  expect(await work(asked)).toMatchObject({
    state: 'completed',
    failing: 0,
    hoursDone: DAYS * 24,
    hoursTotal: DAYS * 24,
    daysDone: DAYS,
    report: { hours: { new: DAYS * 24, changed: 0, unchanged: 0, failed: 0 }, verification: { differing: 0 } },
  })
  expect((await failedHours(db.pool, asked))[0]).toMatchObject({ rolled: true, next_try_at: null })
  expect(await reportDifferences(db.pool, desk.accountId, OPENED - DAY, CLOSED + DAY)).toEqual([])
})

test('an hour counts once, by what it held before the first try and after the last, also where the dirty log was faster', async () => {
  await work(await ask())
  const hours = [OPENED + 4 * DAY + 5 * 3600, OPENED + 4 * DAY + 9 * 3600, OPENED + 6 * DAY + 5 * 3600] as const
  const spoil = async (hour: number) => {
    await insertMessage(hour + 60)
    await run(
      db.pool,
      `insert into reporting_events (name, value, account_id, inbox_id, created_at, updated_at)
       select 'reply_time', 1e308, $1, 1, to_timestamp($2) at time zone 'UTC', now() from generate_series(1, 2)`,
      [desk.accountId, hour + 120],
    )
  }
  const mend = (hour: number) =>
    run(
      db.pool,
      `delete from reporting_events where account_id = $1 and value = 1e308
       and created_at >= to_timestamp($2) at time zone 'UTC' and created_at < to_timestamp($2 + 3600) at time zone 'UTC'`,
      [desk.accountId, hour],
    )
  for (const hour of hours) await spoil(hour)
  const asked = await ask()
  const outgoing = ({ report }: Backfill) => report!.totals.find(({ metric }) => metric === 'outgoing_messages_count')!
  const first = await work(asked)
  const sum = ({ report }: Backfill) => Object.values(report!.hours).reduce((a, b) => a + b)
  expect(first.report!.hours).toEqual({ new: 0, changed: 0, unchanged: DAYS * 24 - 3, failed: 3 })
  // One is mended and rolled by the dirty log, one by the second try, the last by the third.
  await mend(hours[0])
  await run(db.pool, `update tidemark.dirty_hours set retry_at = now() - interval '1 second' where account_id = $1`, [
    desk.accountId,
  ])
  await drain(db.pool)
  await mend(hours[1])
  await control(asked, 'retry')
  const second = await work(asked)
  expect(second.report!.hours).toEqual({ new: 0, changed: 2, unchanged: DAYS * 24 - 3, failed: 1 })
  await mend(hours[2])
  await control(asked, 'retry')
  const third = await work(asked)
  expect(third).toMatchObject({ state: 'completed', hoursDone: DAYS * 24, hoursTotal: DAYS * 24, daysDone: DAYS })
  expect(third.report!.hours).toEqual({ new: 0, changed: 3, unchanged: DAYS * 24 - 3, failed: 0 })
  expect([first, second, third].map(sum)).toEqual([DAYS * 24, DAYS * 24, DAYS * 24])
  const [{ sent }] = (await many<{ sent: number }>(
    db.pool,
    'select count(*)::int as sent from messages where account_id = $1 and message_type = 1 and created_at >= to_timestamp($2) at time zone $$UTC$$',
    [desk.accountId, OPENED],
  )) as [{ sent: number }]
  expect(outgoing(third)).toMatchObject({ before: sent - 3, after: sent, added: 0 })
})

test('the end of a backfill is an act of Tidemark, in its transaction, with what it came to and who had asked', async () => {
  const acts = (id: number) =>
    many(
      db.pool,
      `select action, actor_kind as who, reason, after from tidemark.audit_log where subject_kind = 'backfill' and subject_id = $1 order by id`,
      [id],
    )
  const { backfill } = await startBackfill(db.pool, range(), { actor: COMMAND, at: CLOSED })
  await work(backfill)
  expect((await acts(backfill.id)).at(-1)).toEqual({
    action: 'backfill.end',
    who: 'system',
    reason: 'test',
    after: {
      state: 'completed',
      hours_done: DAYS * 24,
      hours_total: DAYS * 24,
      hours_failed: 0,
      differing: null,
      asked_by: { kind: 'command', id: null },
    },
  })
  expect(await acts(backfill.id)).toHaveLength(2)
  // One that fails as a whole, five times in a row.
  const failing = await ask({ mode: 'all' })
  const broken = intercept(db.pool, {
    before: (text) => {
      if (text.includes('pg_advisory_xact_lock')) throw new Error('gone')
    },
  })
  for (let i = 0; i < 5; i++) await expect(runBackfill(broken, desk.accountId, failing.id)).rejects.toThrow('gone')
  expect((await acts(failing.id)).at(-1)).toMatchObject({
    action: 'backfill.end',
    who: 'system',
    after: { state: 'failed', asked_by: { kind: 'system' } },
  })
  expect((await acts(failing.id)).map(({ action }) => action)).toEqual(['backfill.start', 'backfill.end'])
})

test('an account that moves to another zone: what is called off and begun by that is on record', async () => {
  await work(await ask())
  const under = await ask({ mode: 'missing' })
  await run(db.pool, `update accounts set settings = '{"reporting_timezone": "Asia/Tokyo"}' where id = $1`, [desk.accountId])
  expect(await followZone(db.pool, desk.accountId)).toBe(true)
  const acts = await many(
    db.pool,
    `select action, actor_kind as who, subject_id as id, before, after from tidemark.audit_log where account_id = $1 order by audit_log.id desc limit 2`,
    [desk.accountId],
  )
  const [next] = await activeBackfills(db.pool, desk.accountId)
  expect(acts).toMatchObject([
    { action: 'backfill.start', who: 'system', id: next!.id, after: { since: null, until: null, mode: 'all' } },
    { action: 'backfill.cancel', who: 'system', id: under.id, before: { state: 'queued' }, after: { state: 'cancelled' } },
  ])
})

test('a cancelled backfill keeps what it rolled and makes room for another; one that failed can be taken up again', async () => {
  const asked = await ask()
  const first = new AbortController()
  await runBackfill(db.pool, desk.accountId, asked.id, { signal: first.signal, onProgress: () => first.abort() })
  await control(asked, 'cancel')
  const { hoursDone } = await work(asked)
  expect(hoursDone).toBe(7 * 24)
  await expect(control(asked, 'retry')).rejects.toMatchObject({ status: 409 })
  const rest = await ask({ mode: 'missing' })
  await run(db.pool, `update tidemark.backfills set state = 'failed', error = 'gone', finished_at = now() where id = $1`, [
    rest.id,
  ])
  const other = await ask({ mode: 'all' })
  await expect(control(rest, 'retry')).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining(`Backfill ${other.id} `) as string,
  })
  await control(other, 'cancel')
  await control(rest, 'retry')
  expect(await work(rest)).toMatchObject({ state: 'completed', hoursDone: DAYS * 24 - hoursDone, error: null })
})

test('one that an older release began goes on where that left it', async () => {
  const { id } = await one<{ id: number }>(
    db.pool,
    `insert into tidemark.backfills (account_id, since, until, reason, state, start_at, end_at, next_until, hours_done, started_at, progressed_at)
     values ($1, to_timestamp($2), to_timestamp($3), 'old', 'running', to_timestamp($2), to_timestamp($3), to_timestamp($4), 96, now(), now())
     returning id`,
    [desk.accountId, OPENED, CLOSED, CLOSED - 4 * DAY],
  )
  expect(await runBackfill(db.pool, desk.accountId, id)).toMatchObject({
    state: 'completed',
    hoursDone: DAYS * 24,
    hoursTotal: DAYS * 24,
  })
  expect(
    await many(db.pool, `select from tidemark.backfills where account_id = $1 and state <> 'completed'`, [desk.accountId]),
  ).toEqual([])
})
