// The promise: bot figures follow Chatwoot's rules for repeats, deleted conversations and events without one, in raw rows and
// rolled ones alike. The rules are not additive, so these stories are told by hand beside those told by lot.
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { run } from '../../src/db.ts'
import { reading } from '../../src/reports/reading.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { emptyDesks, insert, openDesks } from '../support/random-rows.ts'

vi.hoisted(() => (process.env.TIDEMARK_CLOCK = '2024-06-15T12:00:00Z'))

let database: TestDatabase | undefined
afterAll(() => database?.drop())
beforeEach(async () => {
  if (!database) {
    database = await createStandalone()
    await openDesks(database.pool)
  }
  await emptyDesks(database.pool)
  nextEvent = 1
})

const at = (text: string) => Date.parse(`2024-${text}Z`) / 1000
let nextEvent = 1

const conversation = (id: number) =>
  insert(database!.pool, 'conversations', [
    {
      id,
      account_id: 1,
      inbox_id: 11,
      display_id: id,
      created_at: '2024-06-01',
      updated_at: '2024-06-01',
      last_activity_at: '2024-06-01',
    },
  ])
const event = (name: 'handoff' | 'resolved', conversation_id: number | null, when: string) =>
  insert(database!.pool, 'reporting_events', [
    {
      id: nextEvent++,
      name: `conversation_bot_${name}`,
      account_id: 1,
      inbox_id: 11,
      conversation_id,
      created_at: `2024-${when}`,
      updated_at: '2024-06-01',
    },
  ])

/** Handoffs and resolutions of the inbox between two hours. */
async function bots(since: string, until: string) {
  const metrics = ['bot_handoffs_count', 'bot_resolutions_count'] as const
  const question = { dimension: 'inbox', id: 11, since: at(since), until: at(until), metrics } as const
  const { rows, source } = await reading(database!.pool, 1, async (read) => ({
    rows: await read.totals(question),
    source: read.source,
  }))
  const { bot_handoffs_count: handoffs, bot_resolutions_count: resolutions } = rows[0]!.figures
  return { source, handoffs: handoffs.value, resolutions: resolutions.value }
}

/** Asks before and after a roll: the same figures, read from raw rows and then from rolled ones alone. */
async function rawAndRolled(since: string, until: string, figures: { handoffs: number; resolutions: number }) {
  expect(await bots(since, until)).toEqual({ source: 'raw', ...figures })
  await rollDirty(database!.pool, 1)
  expect(await bots(since, until)).toEqual({ source: 'rollup', ...figures })
}

test('a conversation that is handed off again counts once, however far apart', async () => {
  await conversation(1)
  for (const when of ['06-02T10:10', '06-02T10:20', '06-03T10:00', '06-10T10:00']) await event('handoff', 1, when)
  await rawAndRolled('06-01T00:00', '06-11T00:00', { handoffs: 1, resolutions: 0 })
  expect(await bots('06-03T00:00', '06-09T00:00')).toMatchObject({ handoffs: 1 })
  expect(await bots('06-04T00:00', '06-09T00:00').catch(() => 'nothing')).toBe('nothing')
})

test('a handoff in the range rules a resolution out, one outside does not', async () => {
  await conversation(1)
  await event('resolved', 1, '06-02T10:00')
  await event('handoff', 1, '06-04T10:00')
  await rawAndRolled('06-01T00:00', '06-05T00:00', { handoffs: 1, resolutions: 0 })
  expect(await bots('06-01T00:00', '06-04T00:00')).toMatchObject({ handoffs: 0, resolutions: 1 })
})

test('a deleted conversation’s handoff counts no more, but still rules its resolution out', async () => {
  await conversation(1)
  await event('resolved', 1, '06-02T10:00')
  await event('resolved', 2, '06-02T11:00')
  await event('handoff', 1, '06-04T10:00')
  await rollDirty(database!.pool, 1)
  await run(database!.pool, 'delete from conversations')
  // Now both conversations are gone; the second was never handed off.
  await rollDirty(database!.pool, 1)
  expect(await bots('06-01T00:00', '06-05T00:00')).toEqual({ source: 'rollup', handoffs: 0, resolutions: 1 })
  expect(await bots('06-01T00:00', '06-04T00:00')).toEqual({ source: 'rollup', handoffs: 0, resolutions: 2 })
})

test('a resolution without a conversation counts only while nobody is handed off in the range', async () => {
  await event('resolved', null, '06-02T10:00')
  await event('handoff', null, '06-02T11:00')
  await event('handoff', 3, '06-04T10:00')
  await rawAndRolled('06-01T00:00', '06-04T00:00', { handoffs: 0, resolutions: 1 })
  expect(await bots('06-01T00:00', '06-05T00:00')).toEqual({ source: 'rollup', handoffs: 0, resolutions: 0 })
})

test('events that came before their conversation count for it when it is there', async () => {
  await event('handoff', 1, '06-02T10:00')
  await rawAndRolled('06-01T00:00', '06-05T00:00', { handoffs: 0, resolutions: 0 })
  await conversation(1)
  await rollDirty(database!.pool, 1)
  expect(await bots('06-01T00:00', '06-05T00:00')).toEqual({ source: 'rollup', handoffs: 1, resolutions: 0 })
})

test('an event that moves to another conversation where nothing is rolled does not stop a backfill', async () => {
  const { pool } = database!
  await run(pool, 'insert into tidemark.accounts (account_id) values (1)')
  const backfill = async (since: string, until: string) => {
    const { id } = await requestBackfill(pool, { accountId: 1, since: at(since), until: at(until), reason: 'part' })
    expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'completed' })
  }
  for (const id of [1, 2]) await conversation(id)
  await event('resolved', 1, '06-10T10:00')
  await event('resolved', 2, '06-11T10:00')
  await event('handoff', 1, '06-02T10:00')
  await backfill('06-10T00:00', '06-11T00:00')
  await run(pool, `update reporting_events set conversation_id = 2 where name = 'conversation_bot_handoff'`)
  await backfill('06-11T00:00', '06-12T00:00')
  expect(await bots('06-01T00:00', '06-12T00:00')).toMatchObject({ handoffs: 1, resolutions: 1 })
  expect(await bots('06-10T00:00', '06-12T00:00')).toMatchObject({ handoffs: 0, resolutions: 2 })
})
