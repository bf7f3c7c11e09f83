import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { dayOf } from '../../src/time/date.ts'
import { periodOfDates } from '../../src/digests/schedule/window.ts'
import { canonicalJson, fingerprint, tableNames, type Entity, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { takeSnapshot } from '../../src/digests/snapshot/take-snapshot.ts'
import type { Zone } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, instant, openBerlin, rollDesk, WEEK } from './desk.ts'
import { acme } from './fixture.ts'

let database: TestDatabase
let desk: Desk
let digest: Digest
let berlin: Zone
let snapshot: Snapshot
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 200)
  digest = await berlinDigest(database.pool, desk)
  berlin = await zoneNamed(database.pool, 'Europe/Berlin')
  snapshot = await take()
})
afterAll(() => database.drop())

const week = (date: string) => periodOfDates(berlin, [dayOf(date), dayOf(date) + 7])!
const take = (firstDate = WEEK, now = DUE) => takeSnapshot(database.pool, digest, berlin, week(firstDate), now)

/** Adds facts up as the definitions say, without rollups: a part of a dimension's ids in the local week from a date. */
async function byHand(part: string, dimension: number, from: string): Promise<Map<number, number>> {
  const rows = await many<{ id: number; amount: number }>(
    database.pool,
    `select id, sum(amount)::float8 as amount from by_hand.facts
     where account_id = $1 and part = $2 and dimension = $3
       and at >= $4::timestamp at time zone 'Europe/Berlin' and at < ($4::timestamp + interval '7 days') at time zone 'Europe/Berlin'
     group by id`,
    [desk.accountId, part, dimension, from],
  )
  return new Map(rows.map((row) => [row.id, row.amount]))
}

test('every figure of both weeks is what the raw rows give', async () => {
  for (const [table, dimension] of [
    ['inboxes', 1],
    ['agents', 2],
    ['teams', 3],
    ['labels', 4],
  ] as const) {
    for (const [which, from] of [
      ['current', WEEK],
      ['previous', '2026-02-23'],
    ] as const) {
      const conversations = await byHand('conversations', dimension, from)
      const [sums, counts] = [
        await byHand('first_response_value_sum', dimension, from),
        await byHand('first_response_n', dimension, from),
      ]
      for (const { id, figures } of snapshot.tables[table]) {
        expect(figures.conversations_count[which].value).toBe(conversations.get(id) ?? 0)
        expect(figures.avg_first_response_time[which].n).toBe(counts.get(id) ?? 0)
        const mean = counts.has(id) ? (sums.get(id) as number) / (counts.get(id) as number) : null
        expect(Math.abs((figures.avg_first_response_time[which].value ?? -1) - (mean ?? -1))).toBeLessThan(1e-6)
      }
      expect(conversations.size).toBeGreaterThan(2)
    }
  }
  const total = (await byHand('conversations', 0, WEEK)).get(desk.accountId)
  expect(snapshot.totals.conversations_count.current.value).toBe(total)
})

test('the figures are the same before and after rolling', async () => {
  await rollDesk(database.pool, desk)
  const rolled = await take()
  expect(rolled.data.completeThrough).not.toBeNull()
  expect({ ...rolled, data: null }).toEqual({ ...snapshot, data: null })
})

test('days and hours add up to the week', () => {
  const { totals, daily, hours } = snapshot
  const sum = (values: (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0)
  expect(daily.current.map((day) => day.date)).toEqual(['02', '03', '04', '05', '06', '07', '08'].map((day) => `2026-03-${day}`))
  expect(daily.previous.map((day) => day.date)[0]).toBe('2026-02-23')
  expect(sum(daily.current.map((day) => day.figures.conversations_count.value))).toBe(totals.conversations_count.current.value)
  expect(sum(daily.previous.map((day) => day.figures.conversations_count.value))).toBe(totals.conversations_count.previous.value)
  expect(sum(hours.flat())).toBe(totals.conversations_count.current.value)
  expect(hours.map((row) => row.length)).toEqual([24, 24, 24, 24, 24, 24, 24])
})

test('the period is written down as instants, local dates and offsets', () => {
  expect(snapshot.period).toEqual({
    since: { at: instant('2026-03-01T23:00:00Z'), local: '2026-03-02T00:00', offset: 3600 },
    until: { at: instant('2026-03-08T23:00:00Z'), local: '2026-03-09T00:00', offset: 3600 },
    firstDate: '2026-03-02',
    lastDate: '2026-03-08',
  })
  expect(snapshot.previous.until).toEqual(snapshot.period.since)
  expect(snapshot.data).toMatchObject({ periodOver: true, takenAt: { at: DUE, local: '2026-03-09T08:00' } })
})

const named = (table: Entity[], id: number) => table.find((row) => row.id === id) as Entity

test('members without activity are listed, former ones by name, new ones as new', async () => {
  const { pool } = database
  const [idle, gone, joined] = [await addUser('Idle Ines'), await addUser('Gone Gustav'), await addUser('Kim Lee')]
  await run(
    pool,
    `insert into account_users (account_id, user_id, created_at, updated_at) values ($1, $2, '2025-01-01', now()), ($1, $3, '2026-03-04', now())`,
    [desk.accountId, idle, joined],
  )
  await run(
    pool,
    `insert into reporting_events (name, value, value_in_business_hours, account_id, user_id, created_at, updated_at)
     values ('first_response', 60, 60, $1, $2, '2026-03-03', now())`,
    [desk.accountId, gone],
  )
  const { tables } = await take()
  expect(named(tables.agents, idle)).toMatchObject({ name: 'Idle Ines', since: '2025-01-01', isNew: false, isGone: false })
  expect(named(tables.agents, idle).figures.conversations_count.current.value).toBe(0)
  expect(named(tables.agents, idle).figures.avg_first_response_time.current).toEqual({ value: null, n: 0 })
  expect(named(tables.agents, gone)).toMatchObject({ name: 'Gone Gustav', since: null, isGone: true })
  expect(named(tables.agents, joined)).toMatchObject({ since: '2026-03-04', isNew: true })
})

async function addUser(name: string): Promise<number> {
  const user = await one<{ id: number }>(
    database.pool,
    `insert into users (uid, name, created_at, updated_at) values ($1, $1, now(), now()) returning id`,
    [name],
  )
  return user.id
}

test('another account’s figures and names never come in', async () => {
  const other = await openBerlin(database.pool, 30)
  const again = await take()
  const theirs = {
    agents: other.agents,
    teams: other.teams,
    inboxes: other.inboxes,
    labels: other.labels.map((label) => label.id),
  }
  for (const table of tableNames) expect(again.tables[table].filter((row) => theirs[table].includes(row.id))).toEqual([])
  expect(again.totals.conversations_count).toEqual(snapshot.totals.conversations_count)
  expect(again.tables.teams.map((row) => row.id).filter((id) => id !== 0)).toEqual(desk.teams)
})

test('comparison needs a previous week in which the account was there', async () => {
  expect(snapshot.comparison).toBe('partial')
  expect((await take('2026-03-09', instant('2026-03-16T08:00:00Z'))).comparison).toBe('full')
  expect((await take('2026-02-23')).comparison).toBe('none')
})

test('a week that is still running is marked as such', async () => {
  expect((await take(WEEK, instant('2026-03-05T08:00:00Z'))).data.periodOver).toBe(false)
})

test('an account that does not exist is refused', async () => {
  const nobody = { ...digest, accountId: 999_999 }
  await expect(takeSnapshot(database.pool, nobody, berlin, week(WEEK), DUE)).rejects.toMatchObject({ status: 404 })
})

test('the fingerprint knows no order of keys, and notices every change of a value', () => {
  const backwards = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(backwards)
      : value && typeof value === 'object'
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, inner]) => [key, backwards(inner)]),
          )
        : value
  expect(fingerprint(backwards(acme) as Snapshot)).toBe(fingerprint(acme))
  expect(fingerprint({ ...acme, businessHours: true })).not.toBe(fingerprint(acme))
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(backwards(value))).toBe(canonicalJson(value))
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
