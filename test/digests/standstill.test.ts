// The promise: whatever stops, and whatever the clocks of the hosts say, a slot is planned once; what nobody could send any
// more is there to be seen as missed.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { setPaused, type Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { randomOf } from '../support/seed.ts'
import { berlinDigest, instant, openBerlin, rollDesk, type Given } from './desk.ts'

const [MINUTE, HOUR, DAY] = [60, 3600, 86400]
let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 20)
  await rollDesk(database.pool, desk)
})
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(() => database.drop())

const plan = (now: number) => planDueDigests(database.pool, now)

interface Row {
  due: string
  days: string
  state: string
}
const rows = ({ id }: Digest) =>
  many<Row & Record<string, unknown>>(
    database.pool,
    `select to_char(due_at at time zone 'Europe/Berlin', 'MM-DD HH24:MI') as due, period_start || '/' || period_end as days, state
     from tidemark.digest_slots where account_id = $1 and digest_id = $2 order by due_at, period_start`,
    [desk.accountId, id],
  )

const cadences: [string, Given][] = [
  ['daily', { cadence: { every: 'day', time: '08:00' } }],
  ['two weekdays', { cadence: { every: 'week', weekdays: [1, 4], time: '08:00' } }],
  ['weekly', { cadence: { every: 'week', weekdays: [1], time: '08:00' } }],
  ['monthly', { cadence: { every: 'month', on: 'last', time: '08:00' } }],
  ['cron', { cadence: { every: 'cron', expression: '0 8 * * MON-FRI' } }],
]
const START = instant('2026-03-19T12:00:00+01:00')

describe('after a standstill', () => {
  /** Plans again and again, but not from one instant until another. */
  async function outage(from: number, until: number): Promise<void> {
    for (let now = START; now < from; now += 3 * HOUR) await plan(now)
    await plan(from)
    for (let now = until; now <= until + 30 * MINUTE; now += 10 * MINUTE) await plan(now)
  }

  test.each(cadences)(
    '%s: of an hour, three days or fifteen, each slot has a row: younger than 48 hours planned, else missed',
    async (name, given) => {
      // Across the weekend on which clocks go on, the end of the month, and nothing.
      for (const [from, length] of [
        ['2026-03-30T07:30:00+02:00', HOUR],
        ['2026-03-28T07:30:00+01:00', 3 * DAY],
        ['2026-03-20T09:00:00+01:00', 15 * DAY],
      ] as const) {
        const digest = await berlinDigest(database.pool, desk, given, START)
        const back = instant(from) + length
        await outage(instant(from), back)
        // From the calendar on the wall: 08:00 on each date of the cadence.
        const expected: [string, string][] = []
        for (let day = instant('2026-03-20T06:00:00Z'); ; day += DAY) {
          const date = new Date(day * 1000).toISOString().slice(0, 10)
          const due = instant(`${date}T08:00:00+0${date < '2026-03-29' ? 1 : 2}:00`)
          if (due > back + 30 * MINUTE) break
          const [weekday, last] = [new Date(day * 1000).getUTCDay(), date === '2026-03-31']
          const isDue = { daily: true, 'two weekdays': weekday === 1 || weekday === 4, weekly: weekday === 1, monthly: last, cron: weekday % 6 > 0 }[name] // prettier-ignore
          if (isDue)
            expected.push([`${date.slice(5)} 08:00`, due > instant(from) && due < back - 48 * HOUR ? 'missed' : 'planned'])
        }
        const found = await rows(digest)
        expect(found.map(({ due, state }) => [due, state])).toEqual(expected)
        expect(new Set(found.map(({ days }) => days)).size).toBe(found.length)
        await run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId])
      }
    },
  )

  test('of fifteen days a daily digest is sent for the two days that are young enough, and thirteen are there to be seen', async () => {
    const digest = await berlinDigest(database.pool, desk, cadences[0]![1], START)
    const back = START + 15 * DAY
    expect(await plan(back)).toEqual({ planned: 2, missed: 13, failed: 0 })
    expect(await composeDueDigests(database.pool, back)).toMatchObject({ composed: 2 })
    const sent = await many<{ days: string }>(
      database.pool,
      `select s.period_start || '/' || s.period_end as days from tidemark.deliveries d
       join tidemark.digest_slots s on s.account_id = d.account_id and s.id = d.slot_id
       where d.account_id = $1 and d.digest_id = $2 order by 1`,
      [desk.accountId, digest.id],
    )
    expect(sent).toEqual([{ days: '2026-04-01/2026-04-01' }, { days: '2026-04-02/2026-04-02' }])
    expect(await plan(back + MINUTE)).toEqual({ planned: 0, missed: 0, failed: 0 })
  })

  test('of years nothing is silent', async () => {
    const digest = await berlinDigest(database.pool, desk, cadences[0]![1], START)
    expect(await plan(START + 1000 * DAY)).toEqual({ planned: 2, missed: 998, failed: 0 })
    expect(await rows(digest)).toHaveLength(1000)
  })

  test('slots before its start and after its end, and those of a pause, are none', async () => {
    const bounds = { startsOn: '2026-03-22', endsOn: '2026-03-27' }
    const digest = await berlinDigest(database.pool, desk, { ...cadences[0]![1], ...bounds }, START)
    await plan(instant('2026-03-24T12:00:00Z'))
    await setPaused(database.pool, desk.accountId, digest.id, 'holidays', instant('2026-03-24T13:00:00Z'))
    await plan(instant('2026-03-25T12:00:00Z'))
    await setPaused(database.pool, desk.accountId, digest.id, null, instant('2026-03-25T13:00:00Z'))
    await plan(instant('2026-04-25T12:00:00Z'))
    expect((await rows(digest)).map(({ due, state }) => [due.slice(0, 5), state])).toEqual([
      ['03-22', 'missed'],
      ['03-23', 'planned'],
      ['03-24', 'planned'],
      ['03-26', 'missed'],
      ['03-27', 'missed'],
    ])
  })
})

describe('hosts whose clocks differ', () => {
  test.each([[[-2 * HOUR, 0, 2 * HOUR]], [[-90, 0, 90]], [[2 * HOUR]], [[-2 * HOUR]]])(
    'by %j seconds plan each slot once and miss none',
    async (offsets) => {
      const digests: Digest[] = []
      for (const [, given] of cadences) digests.push(await berlinDigest(database.pool, desk, given, START))
      const random = randomOf(`clocks that differ by ${offsets.join(', ')} seconds`)
      const end = instant('2026-04-03T12:00:00+02:00')
      for (let now = START; now <= end; now += Math.floor(random.between(20, 70)) * MINUTE) {
        await Promise.all(offsets.map((offset) => plan(now + offset)))
      }
      await plan(end)
      for (const [i, digest] of digests.entries()) {
        const found = await rows(digest)
        expect(found.map(({ state }) => state)).toEqual(Array(found.length).fill('planned'))
        expect(new Set(found.map(({ due }) => due)).size).toBe(found.length)
        expect([found.length, found.at(-1)?.due], cadences[i]![0]).toEqual([[15, 4, 2, 1, 11][i], ['04-03', '04-02', '03-30', '03-31', '04-03'][i] + ' 08:00']) // prettier-ignore
      }
    },
  )

  test('a clock that was days ahead costs nothing but the slots that it was too early for', async () => {
    const digest = await berlinDigest(database.pool, desk, cadences[2]![1], START)
    await plan(START + 30 * DAY)
    for (let now = START; now < START + 40 * DAY; now += DAY) await plan(now)
    const found = await rows(digest)
    expect(found).toHaveLength(6)
    expect(found.at(-1)).toMatchObject({ due: '04-27 08:00', state: 'planned' })
  })
})
