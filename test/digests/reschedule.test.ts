// The promise: whatever of a schedule is edited, and whenever, the digest is sent exactly once in each of its days, weeks or
// months: not a second time after the edit, and not left out because of it.
import { byCommand } from '../../src/audit/change.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import type { Cadence } from '../../src/digests/schedule/cadence.ts'
import { setPaused, updateDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { Window } from '../../src/digests/schedule/window.ts'
import { dateOf, dayOf, monthStart, weekStart, type Weekday } from '../../src/time/date.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { scaled } from '../support/seed.ts'
import { berlinDefinition, berlinDigest, DUE, instant, openBerlin, type Given } from './desk.ts'

const [MINUTE, HOUR] = [60, 3600]
let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 0)
})
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(() => database.drop())

const plan = (now: number) => planDueDigests(database.pool, now)
const make = (given: Given) => berlinDigest(database.pool, desk, given)
const edit = ({ id }: Digest, given: Given, at: number) =>
  updateDigest(database.pool, desk.accountId, id, berlinDefinition(given), byCommand(at))

/** The slots of a digest with their dates in the zone in which they were planned. */
const slots = ({ id }: Digest) =>
  many<{ date: string; due: string; days: string; state: string }>(
    database.pool,
    `select (due_at at time zone zone)::date as date, to_char(due_at at time zone 'Europe/Berlin', 'MM-DD HH24:MI') as due,
       period_start || '/' || period_end as days, state
     from tidemark.digest_slots where account_id = $1 and digest_id = $2 order by due_at, period_start`,
    [desk.accountId, id],
  )

/** Plans every 12 hours from one instant until another. */
async function beat(from: number, until: number): Promise<void> {
  for (let now = from; now <= until; now += 12 * HOUR) await plan(now)
}

// Each is due on Monday 9 March 2026 at 08:00 in Berlin.
const daily = (time = '08:00'): Cadence => ({ every: 'day', time })
const weekly = (time = '08:00', weekday: Weekday = 1): Cadence => ({ every: 'week', weekdays: [weekday], time })
const monthly = (time = '08:00', on = 9): Cadence => ({ every: 'month', on, time })
const days = (count: number): Window => ({ unit: 'day', count })
const slot: Window = { unit: 'slot' }

const zones = ['Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu']
const inZones = (cadence: Cadence): Given[] => zones.map((zone) => ({ cadence, zone }))
const ofTurn: Record<string, (day: number) => number> = {
  daily: (day) => day,
  weekly: (day) => weekStart(day, 1),
  monthly: (day) => monthStart(day),
}

const kinds: [string, Cadence, Window[], Given[]][] = [
  ['daily', daily(), [days(1), days(7), slot], [{ cadence: daily('07:00') }, { cadence: daily('09:30') }, ...inZones(daily())]],
  [
    'weekly',
    weekly(),
    [{ unit: 'week', count: 1 }, days(7), days(30), slot],
    [
      { cadence: weekly('07:00') },
      { cadence: weekly('09:30') },
      ...([0, 2, 4] as const).map((weekday) => ({ cadence: weekly('08:00', weekday) })),
      { cadence: { every: 'week', weekdays: [1, 1], time: '08:30' } },
      ...inZones(weekly()),
    ],
  ],
  [
    'monthly',
    monthly(),
    [{ unit: 'month', count: 1 }, days(30), slot],
    [
      { cadence: monthly('07:00') },
      { cadence: monthly('09:30') },
      ...[6, 8, 10, 31].map((on) => ({ cadence: monthly('08:00', on) })),
      ...inZones(monthly()),
    ],
  ],
]

describe.each([
  ['a minute before its slot', -MINUTE],
  ['a minute after its slot', MINUTE],
  ['half an hour after its slot, before anybody has planned it', 30 * MINUTE],
])('edited %s', (_when, moment) => {
  test.each(kinds)('a %s digest is sent exactly once in each of its turns', async (kind, cadence, windows, edits) => {
    const made: { digest: Digest; window: Window; given: Given }[] = []
    for (const window of windows) {
      for (const given of edits) made.push({ digest: await make({ cadence, window }), window, given })
    }
    await beat(DUE - 66 * HOUR, DUE - 2 * MINUTE)
    if (moment === MINUTE) await plan(DUE)
    for (const { digest, window, given } of made) await edit(digest, { window, ...given }, DUE + moment)
    for (const late of [1, 29, 31, 61, 91]) await plan(DUE + Math.max(late * MINUTE, moment))
    await beat(
      DUE + 2 * HOUR,
      instant({ daily: '2026-03-19T12:00Z', weekly: '2026-03-29T12:00Z', monthly: '2026-06-01T00:00Z' }[kind]!),
    )
    for (const { digest, window, given } of made) {
      const found = await slots(digest)
      const told = JSON.stringify([window, given, found])
      expect(
        found.map(({ state }) => state),
        told,
      ).not.toContain('missed')
      const turns = found.map(({ date }) => ofTurn[kind]!(dayOf(date)))
      const first = ofTurn[kind]!(dayOf(kind === 'daily' ? '2026-03-06' : '2026-03-09'))
      const next = (turn: number) => ofTurn[kind]!(turn + { daily: 1, weekly: 7, monthly: 32 }[kind]!)
      const expected = [first]
      while (expected.at(-1)! < turns.at(-1)!) expected.push(next(expected.at(-1)!))
      expect(turns.map(dateOf), told).toEqual(expected.map(dateOf))
      expect(turns.length, told).toBeGreaterThanOrEqual(kind === 'daily' ? 13 : 3)
      expect(new Set(found.map((row) => row.days)).size, told).toBe(found.length)
    }
  })
})

test('edited back and forth within the hour, a digest is sent once that week', async () => {
  const rolling = { window: days(7) }
  const [early, late] = [await make({ cadence: weekly(), ...rolling }), await make({ cadence: weekly(), ...rolling })]
  for (const [i, weekday] of ([3, 2, 0, 4, 1, 2, 1] as const).entries()) {
    await edit(early, { cadence: weekly('08:00', weekday), ...rolling }, DUE - 30 * MINUTE + i * MINUTE)
  }
  await plan(DUE)
  for (const [i, weekday] of ([3, 2, 0, 4, 1, 2, 5] as const).entries()) {
    await edit(late, { cadence: weekly('08:00', weekday), ...rolling }, DUE + (i + 1) * MINUTE)
  }
  await beat(DUE, DUE + 6 * 24 * HOUR)
  expect((await slots(early)).map(({ due }) => due)).toEqual(['03-09 08:00'])
  expect((await slots(late)).map(({ due }) => due)).toEqual(['03-09 08:00'])
})

describe('another cadence', () => {
  test('begins with its next slot: days that have passed are neither sent nor missed', async () => {
    const digest = await make({ cadence: weekly() })
    await beat(DUE, DUE + 50 * HOUR)
    await edit(digest, { cadence: daily() }, DUE + 51 * HOUR)
    await beat(DUE + 52 * HOUR, DUE + 100 * HOUR)
    expect((await slots(digest)).map(({ due, state }) => [due, state])).toEqual([
      ['03-09 08:00', 'planned'],
      ['03-12 08:00', 'planned'],
      ['03-13 08:00', 'planned'],
    ])
  })

  test('does not make a day be sent twice', async () => {
    const digest = await make({ cadence: daily() })
    await beat(DUE - 48 * HOUR, DUE)
    await edit(digest, { cadence: { every: 'cron', expression: '30 9 * * MON-FRI' } }, DUE + MINUTE)
    await beat(DUE + HOUR, DUE + 38 * HOUR)
    expect((await slots(digest)).map(({ due }) => due)).toEqual([
      '03-06 08:00',
      '03-07 08:00',
      '03-08 08:00',
      '03-09 08:00',
      '03-10 09:30',
    ])
  })
})

test('a slot that had passed before the digest was made is not owed', async () => {
  // Made on Thursday 5 March at 13:00 in Berlin.
  const digest = await make({ cadence: weekly('08:00', 6) })
  await edit(digest, { cadence: weekly('08:00', 4) }, instant('2026-03-05T12:05:00Z'))
  await beat(instant('2026-03-05T12:10:00Z'), instant('2026-03-13T08:00:00Z'))
  expect((await slots(digest)).map(({ due }) => due)).toEqual(['03-12 08:00'])
})

test('a change of anything else moves no slot', async () => {
  const digest = await make({ cadence: weekly() })
  const edited = await edit(digest, { cadence: { time: '08:00', weekdays: [1], every: 'week' }, name: 'All' }, DUE + MINUTE)
  expect(edited.plannedUntil).toBe(digest.plannedUntil)
  await plan(DUE + 2 * MINUTE)
  expect((await slots(digest)).map(({ due }) => due)).toEqual(['03-09 08:00'])
})

test('a paused digest that is edited owes nothing until it is resumed', async () => {
  const digest = await make({ cadence: weekly() })
  await setPaused(database.pool, desk.accountId, digest.id, 'holidays', DUE - HOUR)
  await edit(digest, { cadence: weekly('07:30') }, DUE - 10 * MINUTE)
  await plan(DUE + HOUR)
  await setPaused(database.pool, desk.accountId, digest.id, null, DUE + 2 * HOUR)
  await beat(DUE + 3 * HOUR, DUE + 8 * 24 * HOUR)
  expect((await slots(digest)).map(({ due }) => due)).toEqual(['03-16 07:30'])
})

test('edited while planners run, it is sent once that week', async () => {
  const rounds = scaled('TIDEMARK_PLANNERS', 30)
  const rolling = { window: days(7) }
  for (let round = 0; round < rounds; round++) {
    const digest = await make({ cadence: weekly(), ...rolling })
    const weekday = ([0, 2, 4] as const)[round % 3]!
    await Promise.all([
      plan(DUE + round),
      edit(digest, { cadence: weekly('08:00', weekday), ...rolling }, DUE + 15),
      plan(DUE + 30 - round),
    ])
    await beat(DUE + MINUTE, DUE + 6 * 24 * HOUR + 12 * HOUR)
    expect(
      (await slots(digest)).map(({ due }) => due),
      `round ${round}`,
    ).toEqual(['03-09 08:00'])
    await run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId])
  }
})
