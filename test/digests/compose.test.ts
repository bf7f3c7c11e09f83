import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { readiness, rolledIn } from '../../src/digests/composing/completeness.ts'
import type { Span } from '../../src/rollups/coverage.ts'
import { setPaused, type Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { statusOf } from '../../src/digests/mail/status.ts'
import { snapshotOfPeriod } from '../../src/digests/snapshot/stored-snapshot.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, rollDesk, WEEK, type Given } from './desk.ts'

let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 40)
  await rollDesk(database.pool, desk)
})
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(() => database.drop())

const compose = (now: number) => composeDueDigests(database.pool, now)
const slots = () =>
  many<{ state: string; note: string | null; failures: number }>(
    database.pool,
    'select state, note, failures from tidemark.digest_slots where account_id = $1 order by digest_id',
    [desk.accountId],
  )
const recipients = () =>
  many<{ recipient: string }>(
    database.pool,
    'select recipient from tidemark.deliveries where account_id = $1 order by recipient',
    [desk.accountId],
  )
const storedOf = async ({ id }: Digest) => {
  const stored = await snapshotOfPeriod(database.pool, desk.accountId, id, { firstDate: WEEK, lastDate: '2026-03-08' })
  if (!stored) throw new Error('nothing is stored')
  return stored
}

async function planned(input: Given = {}, now = DUE): Promise<Digest> {
  const digest = await berlinDigest(database.pool, desk, input)
  await planDueDigests(database.pool, now)
  return digest
}

/** A late row in the reported week: its hour is dirty until it is rolled. */
const addLateRow = () =>
  run(
    database.pool,
    `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
     values ('first_response', 1e6, 1e6, $1, $2, $3, $4, '2026-03-08 12:00', now())`,
    [desk.accountId, desk.inboxes[0], desk.agents[0], desk.conversations[0]],
  )

test('a composed slot has one snapshot and one queued delivery per recipient', async () => {
  const digest = await planned({ recipients: ['b@example.com', 'a@example.com', 'A@Example.com'], formats: ['inline', 'csv'] })
  expect(await compose(DUE)).toMatchObject({ composed: 1, waiting: 0, failed: 0 })
  expect(await recipients()).toEqual([{ recipient: 'A@example.com' }, { recipient: 'b@example.com' }])
  const { snapshot, formats } = await storedOf(digest)
  expect(formats).toEqual(['inline', 'csv'])
  expect(snapshot.period.firstDate).toBe(WEEK)
  expect(statusOf(snapshot).kind).toBe('complete')
})

// Every composer reads the slot before any has stored a snapshot.
test('composers at once store one snapshot and one set of deliveries', async () => {
  const digest = await planned({ recipients: ['a@example.com', 'b@example.com'] })
  await Promise.all([1, 2, 3, 4].map(() => compose(DUE)))
  expect(await recipients()).toHaveLength(2)
  expect(
    await many(database.pool, 'select id from tidemark.snapshots where account_id = $1 and digest_id = $2', [
      desk.accountId,
      digest.id,
    ]),
  ).toHaveLength(1)
})

test('what is stored stays, whatever happens to the raw rows after', async () => {
  const digest = await planned()
  await compose(DUE)
  const before = await storedOf(digest)
  await addLateRow()
  await run(database.pool, `update tidemark.digest_slots set state = 'planned', editions = 0 where account_id = $1`, [
    desk.accountId,
  ])
  expect(await compose(DUE + 3 * 3600)).toMatchObject({ composed: 1 })
  expect(await storedOf(digest)).toEqual(before)
  expect(await recipients()).toHaveLength(1)
  await rollDesk(database.pool, desk)
})

test('a week that is not rolled is waited for, then composed with the late row in it', async () => {
  await addLateRow()
  const digest = await planned()
  expect(await compose(DUE)).toMatchObject({ composed: 0, waiting: 1, failed: 0 })
  expect(await slots()).toMatchObject([{ state: 'waiting_for_data' }])
  expect(await compose(DUE + 60)).toMatchObject({ waiting: 1 })
  await rollDesk(database.pool, desk)
  expect(await compose(DUE + 120)).toMatchObject({ composed: 1 })
  const { snapshot } = await storedOf(digest)
  expect(statusOf(snapshot).kind).toBe('complete')
  expect(snapshot.totals.avg_first_response_time.current.value).toBeGreaterThan(1e4)
})

test('after its patience it is composed all the same, with the same figures, and says what is missing', async () => {
  const ready = await planned()
  await compose(DUE)
  const { snapshot: complete } = await storedOf(ready)
  await addLateRow()
  const late = await planned()
  expect(await compose(DUE + 7199)).toMatchObject({ waiting: 1 })
  expect(await compose(DUE + 7200)).toMatchObject({ composed: 1 })
  const { snapshot } = await storedOf(late)
  expect(statusOf(snapshot)).toMatchObject({ kind: 'missing' })
  // The late row's hour, and that of Wednesday in which its conversation was resolved, which is looked at anew.
  expect(snapshot.data.missing.map(({ from }) => from.local)).toEqual(['2026-03-04T19:00', '2026-03-08T13:00'])
  expect(snapshot.data.completeThrough?.local).toBe('2026-03-04T19:00')
  expect(snapshot.totals.avg_first_response_time.current.n).toBe(complete.totals.avg_first_response_time.current.n + 1)
  await rollDesk(database.pool, desk)
})

test('readiness: patience counts from the later of due and planned, and only while something is missing', () => {
  const behind = { missing: [{ from: 80, until: 90 }], due: 1000, plannedAt: 500, patienceHours: 2 }
  expect([1000, 8199, 8200].map((now) => readiness(behind, now))).toEqual(['wait', 'wait', 'late'])
  expect(readiness({ ...behind, plannedAt: 2000 }, 8200)).toBe('wait')
  expect(readiness({ ...behind, patienceHours: 0 }, 1000)).toBe('late')
  expect(readiness({ ...behind, missing: [] }, 1000)).toBe('complete')
})

test('what is missing of a period: its hours that are not covered, or stale; nothing where nothing was ever rolled', () => {
  const [since, until] = [36_000, 72_000]
  const period = { since, until, firstDate: '1970-01-01', lastDate: '1970-01-01' }
  const all = [{ from: -Infinity, until: Infinity }]
  const state = (covered: Span[], stale: Span[] = []) => rolledIn({ covered, stale: () => stale }, period, 100_000)
  expect(state([])).toEqual({ missing: [], completeThrough: undefined })
  expect(state(all)).toEqual({ missing: [], completeThrough: until })
  expect(state(all, [{ from: 0, until: 3600 }])).toEqual({ missing: [], completeThrough: until })
  expect(state(all, [{ from: 72_000, until: 75_600 }])).toEqual({ missing: [], completeThrough: until })
  const hours = [39_600, 43_200, 68_400].map((from) => ({ from, until: from + 3600 }))
  expect(state(all, hours)).toEqual({
    missing: [
      { from: 39_600, until: 46_800 },
      { from: 68_400, until: 72_000 },
    ],
    completeThrough: 39_600,
  })
  expect(state([{ from: 50_400, until: Infinity }]).missing).toEqual([{ from: since, until: 50_400 }])
  expect(state(all, all)).toEqual({ missing: [{ from: since, until }], completeThrough: since })
})

test('a digest that is paused after it was planned is not composed until it is resumed', async () => {
  const digest = await planned()
  await setPaused(database.pool, desk.accountId, digest.id, 'holidays', DUE)
  expect(await compose(DUE)).toMatchObject({ composed: 0, waiting: 0, failed: 0 })
  await setPaused(database.pool, desk.accountId, digest.id, null, DUE + 60)
  expect(await compose(DUE + 120)).toMatchObject({ composed: 1 })
})

test('a slot that fails backs off, does not hold up the others, and is given up when it is too old', async () => {
  await planned()
  await run(database.pool, `update tidemark.digest_slots set zone = 'Mars/Olympus' where account_id = $1`, [desk.accountId])
  await planned({ name: 'Others' })
  expect(await compose(DUE)).toMatchObject({ composed: 1, waiting: 0, failed: 1 })
  expect(await compose(DUE + 59)).toMatchObject({ composed: 0, waiting: 0, failed: 0 })
  let now = DUE + 60
  for (let i = 0; i < 60; i++) await compose((now += 3600))
  expect(await slots()).toMatchObject([
    { state: 'missed', note: expect.stringContaining('Mars/Olympus') as string },
    { state: 'composed', failures: 0 },
  ])
})
