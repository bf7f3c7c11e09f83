// The promise: where clocks go back, each pass of the repeated hour is a bucket with its own rows, rolled or not.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { reading } from '../../src/reports/reading.ts'
import { bucketBounds } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { emptyDesks, insert, openDesks } from '../support/random-rows.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createStandalone()
  await openDesks(database.pool)
})
afterAll(() => database?.drop())

/** Conversations by the hour of a zone, as [start, count]; hours without any left out. The answer must be made as told. */
async function byHour(zoneName: string, since: string, until: string, made: string): Promise<[string, number | null][]> {
  const zone = await zoneNamed(database.pool, zoneName)
  const range = { since: Date.parse(since) / 1000, until: Date.parse(until) / 1000 }
  const bounds = bucketBounds(zone, range.since, range.until, 'hour')
  const question = { dimension: 'account', ...range, metrics: ['conversations_count'], bounds } as const
  const { rows, source } = await reading(database.pool, 1, async (read) => ({
    rows: await read.series(question),
    source: read.source,
  }))
  expect(source).toBe(made)
  return rows
    .sort((a, b) => a.piece - b.piece)
    .map((row) => [new Date(bounds[row.piece]! * 1000).toISOString().slice(11, 16), row.figures.conversations_count.value])
}

const desks = [
  // 02:00 to 03:00 comes twice in Berlin, 01:30 to 02:00 at Lord Howe, where the second pass has half an hour of its own.
  {
    zone: 'Europe/Berlin',
    day: '2024-10-27',
    since: '00:00',
    until: '03:00',
    rows: ['00:30', '01:00', '01:30', '01:59', '02:00'],
    hours: { '00:00': 1, '01:00': 3, '02:00': 1 },
  },
  {
    zone: 'Australia/Lord_Howe',
    day: '2024-04-06',
    since: '14:00',
    until: '16:30',
    rows: ['14:10', '14:50', '15:00', '15:29', '15:30'],
    hours: { '14:00': 2, '15:00': 2, '15:30': 1 },
  },
]

test.each(desks)('in $zone', async ({ zone, day, since, until, rows, hours }) => {
  await emptyDesks(database.pool)
  await run(database.pool, `update accounts set settings = jsonb_build_object('reporting_timezone', $1::text)`, [zone])
  const conversations = rows.map((time, i) => ({
    id: i + 1,
    created_at: `${day}T${time}`,
    updated_at: day,
    last_activity_at: day,
  }))
  await insert(
    database.pool,
    'conversations',
    conversations.map((row) => ({ ...row, account_id: 1, inbox_id: 11, display_id: row.id })),
  )
  const ask = async (source: string) => Object.fromEntries(await byHour(zone, `${day}T${since}Z`, `${day}T${until}Z`, source))
  expect(await ask('raw')).toEqual(hours)
  await rollDirty(database.pool, 1)
  expect(await ask('rollup')).toEqual(hours)
})
