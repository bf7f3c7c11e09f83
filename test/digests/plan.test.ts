import { byCommand } from '../../src/audit/change.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { setPaused, updateDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { dateAt } from '../../src/time/calendar.ts'
import type { Weekday } from '../../src/time/date.ts'
import { UTC } from '../../src/time/zone.ts'
import { scaled } from '../support/seed.ts'
import { berlinDefinition, berlinDigest, CREATED, type Given, DUE, instant, openBerlin, WEEK } from './desk.ts'

let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 0)
})
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(() => database.drop())

const plan = (now: number) => planDueDigests(database.pool, now)
const make = (input: Given = {}, now = CREATED) => berlinDigest(database.pool, desk, input, now)
const slots = ({ id }: Digest) =>
  many<{ week: string; state: string; zone: string; due: string }>(
    database.pool,
    `select period_start::text as week, state, zone, to_char(due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as due
     from tidemark.digest_slots where account_id = $1 and digest_id = $2 order by period_start`,
    [desk.accountId, id],
  )
const edit = ({ id }: Digest, input: Given, at: number) =>
  updateDigest(database.pool, desk.accountId, id, berlinDefinition(input), byCommand(at))
const mondays = (time: string, weekday: Weekday = 1): Given => ({ cadence: { every: 'week', weekdays: [weekday], time } })
const HOUR = 3600

test('a slot is planned at its instant, not a second before, and once', async () => {
  const digest = await make()
  expect(await plan(DUE - 1)).toEqual({ planned: 0, missed: 0, failed: 0 })
  expect(await plan(DUE)).toMatchObject({ planned: 1 })
  expect(await plan(DUE)).toMatchObject({ planned: 0 })
  expect(await plan(DUE + HOUR)).toMatchObject({ planned: 0 })
  expect(await slots(digest)).toEqual([{ week: WEEK, state: 'planned', zone: 'Europe/Berlin', due: '2026-03-09 07:00' }])
})

test('a new digest does not send the week before it was made', async () => {
  const digest = await make({}, DUE + 1)
  expect(await plan(DUE + 2 * HOUR)).toMatchObject({ planned: 0 })
  expect(await plan(DUE + 7 * 24 * HOUR)).toMatchObject({ planned: 1 })
  expect((await slots(digest)).map((slot) => slot.week)).toEqual(['2026-03-09'])
})

describe('four planners that start together, 100 times', () => {
  const DAILY: Given = { cadence: { every: 'day', time: '08:00' } }
  const rounds = scaled('TIDEMARK_PLANNERS', 100)
  const after = (round: number) => CREATED + (round + 1) * 24 * HOUR

  test('plan a slot once, and without an error', async () => {
    const digests = await Promise.all(Array.from({ length: 5 }, () => make(DAILY)))
    const counts = { planned: 0, missed: 0, failed: 0 }
    for (let round = 0; round < rounds; round++) {
      for (const count of await Promise.all([0, 0, 1, 1].map((late) => plan(after(round) + late)))) {
        for (const what of ['planned', 'missed', 'failed'] as const) counts[what] += count[what]
      }
    }
    expect(counts).toEqual({ planned: 5 * rounds, missed: 0, failed: 0 })
    for (const digest of digests) expect(new Set((await slots(digest)).map(({ week }) => week)).size).toBe(rounds)
  })

  test('the harness notices planners that look first and write then', async () => {
    const own = await createDatabase()
    try {
      await run(own.pool, 'create table slots (day date)')
      const plan = async (now: number) => {
        const day = dateAt(UTC, now)
        const known = await many(own.pool, 'select 1 from slots where day = $1', [day])
        if (known.length === 0) await run(own.pool, 'insert into slots values ($1)', [day])
      }
      for (let round = 0; round < rounds; round++) await Promise.all([0, 0, 1, 1].map((late) => plan(after(round) + late)))
      expect((await many(own.pool, 'select 1 from slots')).length).toBeGreaterThan(rounds)
    } finally {
      await own.drop()
    }
  })
})

test('after a standstill the slot of the last 48 hours is sent once, older ones are marked missed', async () => {
  const digest = await make()
  const back = DUE + 17 * 24 * HOUR
  expect(await plan(back)).toEqual({ planned: 0, missed: 3, failed: 0 })
  const other = await make()
  expect(await plan(DUE + 14 * 24 * HOUR + 47 * HOUR)).toMatchObject({ planned: 1, missed: 2 })
  expect((await slots(other)).map(({ week, state }) => [week, state])).toEqual([
    ['2026-03-02', 'missed'],
    ['2026-03-09', 'missed'],
    ['2026-03-16', 'planned'],
  ])
  expect(await slots(digest)).toHaveLength(3)
  expect(await plan(DUE + 14 * 24 * HOUR + 47 * HOUR)).toEqual({ planned: 0, missed: 0, failed: 0 })
})

test('exactly 48 hours is still sent, a second more is missed', async () => {
  const digest = await make()
  await plan(DUE + 48 * HOUR)
  const other = await make()
  await plan(DUE + 48 * HOUR + 1)
  expect([...(await slots(digest)), ...(await slots(other))].map((slot) => slot.state)).toEqual(['planned', 'missed'])
})

const edits: [string, Given][] = [
  ['an earlier hour', mondays('07:00')],
  ['a later hour', mondays('11:30')],
  ['a zone further east', { zone: 'Asia/Tokyo' }],
  ['a zone further west', { zone: 'America/Los_Angeles' }],
  ['another weekday', mondays('08:00', 2)],
]
test.each(edits)(
  'edited to %s a minute before or after its slot, a digest is sent exactly once for the week',
  async (_, input) => {
    for (const moment of [-60, 60]) {
      const digest = await make()
      await plan(DUE + moment)
      await edit(digest, input, DUE + moment)
      for (let hours = 0; hours <= 40; hours += 4) await plan(DUE + moment + hours * HOUR)
      expect((await slots(digest)).map(({ week, state }) => [week, state])).toEqual([[WEEK, 'planned']])
    }
  },
)

test('a slot keeps the zone it was planned with', async () => {
  const digest = await make()
  await plan(DUE)
  await edit(digest, { zone: 'Asia/Tokyo' }, DUE)
  expect((await slots(digest))[0]?.zone).toBe('Europe/Berlin')
})

test('slots that pass while a digest is paused are not made up for', async () => {
  const digest = await make()
  await setPaused(database.pool, desk.accountId, digest.id, 'holidays', DUE - HOUR)
  expect(await plan(DUE)).toMatchObject({ planned: 0 })
  await setPaused(database.pool, desk.accountId, digest.id, null, DUE + HOUR)
  expect(await plan(DUE + 2 * HOUR)).toMatchObject({ planned: 0 })
  expect(await plan(DUE + 7 * 24 * HOUR)).toMatchObject({ planned: 1 })
})

test('a digest whose zone is no more does not hold up the others', async () => {
  const broken = await make()
  await run(database.pool, `update tidemark.digests set zone = 'Mars/Olympus' where account_id = $1 and id = $2`, [
    desk.accountId,
    broken.id,
  ])
  const digest = await make()
  expect(await plan(DUE)).toEqual({ planned: 1, missed: 0, failed: 1 })
  expect(await slots(digest)).toHaveLength(1)
})

test('on the Sunday of a clock change a slot inside the gap is due right after it', async () => {
  const digest = await make(mondays('02:30', 0), instant('2026-03-25T00:00:00Z'))
  expect(await plan(instant('2026-03-29T00:59:59Z'))).toMatchObject({ planned: 0 })
  expect(await plan(instant('2026-03-29T01:00:00Z'))).toMatchObject({ planned: 1 })
  expect(await slots(digest)).toMatchObject([{ week: '2026-03-16', due: '2026-03-29 01:00' }])
})
