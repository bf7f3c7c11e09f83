// How many backfills roll at once: each that has a `concurrency` waits while so many older ones are at work, and for nothing else.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { resumeBackfills } from '../../jobs/resume-backfills.ts'
import { COMMAND } from '../../src/audit/actor.ts'
import { many, one, run } from '../../src/db.ts'
import type { JobContext } from '../../src/job.ts'
import { backfillFigures } from '../../src/metrics/backfill-figures.ts'
import type { Sources } from '../../src/metrics/figures.ts'
import { abandonedBackfills, requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { bucketZone } from '../../src/rollups/backfill/backfill-days.ts'
import { progressJson } from '../../src/rollups/backfill/backfill-json.ts'
import { readBackfills, type Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { controlBackfill, type Control } from '../../src/rollups/backfill/control-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { startBackfill, type BackfillRequest } from '../../src/rollups/backfill/start-backfill.ts'
import { readPlan } from '../../src/rollups/backfill/plan-text.ts'
import { planBackfill } from '../../src/rollups/backfill/plan-backfill.ts'
import { waitingForTurn } from '../../src/rollups/backfill/turns.ts'
import { lockRolls } from '../../src/rollups/coverage.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'

let db: TestDatabase
const desks: Desk[] = []
beforeAll(async () => {
  db = await createDeskDatabase()
  for (let i = 0; i < 4; i++) {
    const desk = await openDesk(db.pool, 'UTC')
    await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 5, OPENED))
    desks.push(desk)
  }
})
afterEach(() => run(db.pool, 'delete from tidemark.backfills'))
afterAll(() => db.drop())

const ask = (desk: number, change: Partial<BackfillRequest> = {}) =>
  requestBackfill(db.pool, { accountId: desks[desk]!.accountId, since: OPENED, until: CLOSED, reason: 'test', ...change })
/** As a worker does: until it is through, or has to rest or wait. */
const work = ({ accountId, id }: Backfill) => runBackfill(db.pool, accountId, id)
const control = ({ accountId, id }: Backfill, what: Control) =>
  controlBackfill(db.pool, accountId, id, what, { actor: COMMAND, at: CLOSED })
const at = async ({ accountId, id }: Backfill) => (await readBackfills(db.pool, { accounts: [accountId], id }))[0]!
const waiting = async (...backfills: Backfill[]) =>
  Promise.all(backfills.map(async (backfill) => (await at(backfill)).waitsForTurn))
/** Works on one until it has begun, as if a worker were at it. */
async function begin({ accountId, id }: Backfill): Promise<void> {
  const begun = new AbortController()
  await runBackfill(db.pool, accountId, id, { signal: begun.signal, onProgress: () => begun.abort() })
}
const abandoned = async () => (await abandonedBackfills(db.pool, 0)).map(({ id }) => id)

test('of three that roll two at once the third waits, takes nobody’s place, and goes on when one is paused or has ended', async () => {
  const [first, second, third] = [await ask(0), await ask(1, { concurrency: 2 }), await ask(2, { concurrency: 2 })]
  expect(await waiting(first, second, third)).toEqual([false, false, true])
  expect(await work(third)).toMatchObject({ state: 'queued', hoursDone: 0, waitsForTurn: true })
  expect(await abandoned()).toEqual([first.id, second.id])
  // A heartbeat hands out the others only.
  const handed: number[] = []
  const enqueue = async (_: unknown, { backfillId }: { backfillId: number }) => void handed.push(backfillId)
  await resumeBackfills.run({}, { pool: db.pool, enqueue } as unknown as JobContext)
  expect(handed).toEqual([first.id, second.id])

  await begin(first)
  await control(second, 'pause')
  expect(await waiting(first, third)).toEqual([false, false])
  expect(await abandoned()).toContain(third.id)
  await begin(third)
  expect(await at(third)).toMatchObject({ state: 'running', chunks: 1 })
  // It waits again within a chunk once the other goes on, and keeps its place.
  await control(second, 'resume')
  expect(await work(third)).toMatchObject({ state: 'running', chunks: 1, waitsForTurn: true })
  expect(await abandoned()).not.toContain(third.id)
  expect((await work(second)).state).toBe('completed')
  expect(await work(third)).toMatchObject({ state: 'completed', hoursDone: 14 * 24, waitsForTurn: false })
})

/** Accounts whose backfill is amid a chunk, which waits for the roll lock that the test holds. */
const amid = async () => {
  const rows = await many<{ desk: number }>(
    db.pool,
    `select array_position($1::oid[], objid) - 1 as desk from pg_locks where locktype = 'advisory' and not granted and objid = any ($1) order by 1`,
    [desks.map(({ accountId }) => accountId)],
  )
  return rows.map(({ desk }) => desk)
}

test.each([
  { concurrency: 2, together: [0, 1], after: [1, 2] },
  { concurrency: null, together: [0, 1, 2, 3], after: [1, 2, 3] },
])('with a concurrency of $concurrency these roll at once: $together, and when the first is through: $after', async (at) => {
  const { concurrency, together, after } = at
  const holders = []
  for (const { accountId } of desks) {
    const holder = await db.pool.connect()
    holders.push(holder)
    await holder.query('begin')
    await lockRolls(holder, accountId)
  }
  const asked = []
  for (const desk of [0, 1, 2, 3]) asked.push(await ask(desk, { concurrency }))
  const working = asked.map(({ accountId, id }) => runBackfill(db.pool, accountId, id, { waits: true }))
  const settled = Promise.all(working)
  try {
    await vi.waitFor(async () => expect(await amid()).toEqual(together), { timeout: 20_000, interval: 20 })
    // Each looks once a second whether its turn has come.
    if (concurrency !== null) await sleep(1200)
    expect(await amid()).toEqual(together)
    await holders[0]!.query('rollback')
    await vi.waitFor(async () => expect(await amid()).toEqual(after), { timeout: 20_000, interval: 20 })
  } finally {
    for (const holder of holders) {
      await holder.query('rollback')
      holder.release()
    }
  }
  for (const { state, hoursDone } of await settled) expect([state, hoursDone]).toEqual(['completed', 14 * 24])
})

test('who rests for a limit or a window, waits itself or is paused holds nobody up; without a concurrency nobody waits', async () => {
  const first = await ask(0, { maxHoursPerMinute: 144 })
  const narrow = await ask(1, { concurrency: 1 })
  const wide = await ask(2, { concurrency: 2 })
  const free = await ask(3)
  // The second waits, so the third works beside the first alone.
  expect(await waiting(first, narrow, wide, free)).toEqual([false, true, false, false])
  expect(await work(first)).toMatchObject({ state: 'running', hoursDone: 24 })
  expect((await at(first)).restSeconds).toBeGreaterThan(5)
  expect(await waiting(first, narrow, wide)).toEqual([false, false, false])
  await run(db.pool, `update tidemark.backfills set paced_until = now() - interval '1 second' where id = $1`, [first.id])
  expect(await waiting(first, narrow, wide)).toEqual([false, true, false])
  // Outside its window, which it notes as soon as it is looked at.
  const clock = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16)
  await run(db.pool, 'update tidemark.backfills set window_from = $2, window_until = $3, paced_until = null where id = $1', [
    first.id,
    clock(120),
    clock(240),
  ])
  await work(first)
  expect(await waiting(narrow, wide)).toEqual([false, false])
  expect(await waitingForTurn(db.pool)).toEqual([])
})

test('a wait is shown as what it is: no time, no end, no alarm', async () => {
  const [first, second] = [await ask(0), await ask(1, { concurrency: 1 })]
  await begin(second)
  await run(db.pool, `update tidemark.backfills set created_at = now() - interval '1 day'`)
  const told = progressJson(await at(second), await bucketZone(db.pool, second.accountId), CLOSED)
  expect(told).toMatchObject({ rests_for: 'turn', rests_until: null, seconds_left: null, expected_end: null })
  const { backfill_idle_seconds: idle } = await backfillFigures.read({ pool: db.pool } as Sources)
  const of = ({ accountId }: Backfill) => idle!.find(({ labels }) => labels?.['account_id'] === accountId)!.value
  expect([of(first) > 80_000, of(second)]).toEqual([true, 0])
  // Its window says more than its turn does.
  const clock = (minutes: number) => new Date((CLOSED + minutes * 60) * 1000).toISOString().slice(11, 16)
  const late = { ...(await at(second)), window: { from: clock(60), until: clock(120) } }
  expect(progressJson(late, await bucketZone(db.pool, second.accountId), CLOSED)).toMatchObject({
    rests_for: 'window',
    rests_until: '2026-03-10T01:00:00Z',
  })
  await control(second, 'pause')
  expect(progressJson(await at(second), await bucketZone(db.pool, second.accountId), CLOSED).rests_for).toBeNull()
})

test('who works on it here waits for its turn, says so, and goes on by himself', async () => {
  const [first, second] = [await ask(0), await ask(1, { concurrency: 1 })]
  const seen: boolean[] = []
  const running = runBackfill(db.pool, second.accountId, second.id, {
    waits: true,
    onProgress: async (now) => {
      if (seen.push(now.waitsForTurn) === 1) await control(first, 'cancel')
    },
  })
  expect(await running).toMatchObject({ state: 'completed', hoursDone: 14 * 24 })
  expect([seen[0], seen.at(-1)]).toEqual([true, false])
})

test('it is part of what is asked for, of the plan and of the record; without it a request is the same as it ever was', async () => {
  const request = { accountId: desks[0]!.accountId, since: OPENED, until: CLOSED, reason: 'test' }
  const asking = { actor: COMMAND, at: CLOSED }
  const start = (change: Partial<BackfillRequest>) => startBackfill(db.pool, { ...request, ...change }, asking)
  const { backfill } = await start({ concurrency: 3 })
  expect(backfill.concurrency).toBe(3)
  expect(await start({ concurrency: 3 })).toMatchObject({ backfill: { id: backfill.id }, made: false })
  await expect(start({})).rejects.toMatchObject({ status: 409 })
  const { after } = await one<{ after: object }>(
    db.pool,
    `select after from tidemark.audit_log where action = 'backfill.start' and subject_id = $1`,
    [backfill.id],
  )
  expect(after).toMatchObject({ concurrency: 3 })
  await control(backfill, 'cancel')
  const plain = await start({})
  // What releases said of it that knew no concurrency.
  const said = `{"mode":"all","oldestFirst":false,"maxHoursPerMinute":null,"window":null,"verify":false,"allowErase":false,"since":${OPENED},"until":${CLOSED}}`
  expect(plain.backfill.askedSha256).toBe(createHash('sha256').update(said).digest('hex'))

  const planned = { ...request, mode: 'all', oldestFirst: false, maxHoursPerMinute: null, window: null, verify: false } as const
  const plan = async (concurrency: number | null) =>
    readPlan((await planBackfill(db.pool, { ...planned, allowErase: false, concurrency }, CLOSED)).plan).planned.concurrency
  expect([await plan(5), await plan(null)]).toEqual([5, null])
})

test('the rows that are counted are found by the index of those under way', async () => {
  await run(
    db.pool,
    `insert into tidemark.backfills (account_id, since, until, reason, state, finished_at)
     select $1, '-infinity', 'infinity', 'old', 'completed', now() from generate_series(1, 5000)`,
    [desks[0]!.accountId],
  )
  await run(db.pool, 'analyze tidemark.backfills')
  const plan = await many<{ 'QUERY PLAN': string }>(
    db.pool,
    `explain select id, concurrency from tidemark.backfills
     where state in ('queued', 'running') and coalesce(paced_until, '-infinity') <= now() order by id`,
  )
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('backfills_active')
})
