// The promise: thousands of changes at once are no different from one. Beyond a number of marks of wide scope a reader does not
// look them up but takes the whole account for dirty; one sweep works them all off, many batches long.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, run } from '../../src/db.ts'
import { SCOPES_READ } from '../../src/rollups/rolling/dirty.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { reading } from '../../src/reports/reading.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { openDesks } from '../support/random-rows.ts'

const many = 2 * SCOPES_READ + 500
const since = Date.parse('2024-05-01T00:00Z') / 1000

let database: TestDatabase
beforeAll(async () => {
  database = await createStandalone()
  await openDesks(database.pool)
})
afterAll(() => database?.drop())

async function conversationsOf(id: number) {
  const question = { dimension: 'agent', id, since, until: since + 30 * 86400, metrics: ['conversations_count'] } as const
  const { rows, source } = await reading(database.pool, 1, async (read) => ({
    rows: await read.totals(question),
    source: read.source,
  }))
  return { source, count: rows[0]?.figures.conversations_count.value ?? 0 }
}

const marksLeft = async () =>
  one(
    database.pool,
    `select (select count(*) from tidemark.dirty_hours) as hours, (select count(*) from tidemark.dirty_scopes) as scopes`,
  )

const open = (apart: string) =>
  `insert into conversations (account_id, inbox_id, assignee_id, display_id, created_at, updated_at, last_activity_at)
   select 1, 11, 51, 1000 + n, '2024-05-01'::timestamp + n * interval '${apart}', now(), now() from generate_series(0, ${many} - 1) as n`

test.each([
  { change: 'opened over two weeks', text: open('5 minutes'), count: many },
  { change: 'given to another agent', text: 'update conversations set assignee_id = 52 where id % 2 = 0', count: many / 2 },
  { change: 'deleted', text: 'delete from conversations', count: 0 },
  { change: 'opened within two hours', text: open('1 second'), count: many },
  // Few hours, many marks: the hours run out before the marks do.
  { change: 'deleted within two hours', text: 'delete from conversations', count: 0 },
])('conversations that are $change', async ({ text, count }) => {
  expect(await run(database.pool, text)).toBeGreaterThan(SCOPES_READ)
  expect(await conversationsOf(51)).toEqual({ source: 'raw', count })
  await rollDirty(database.pool, 1)
  expect(await marksLeft()).toEqual({ hours: 0, scopes: 0 })
  expect(await conversationsOf(51)).toEqual({ source: 'rollup', count })
})
