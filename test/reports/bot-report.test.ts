// The promise: what bots handled and handed off is told of the conversations they got, and of no others.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import { botReport } from '../../src/reports/bot-report.ts'
import type { TestDatabase } from '../support/database.ts'
import { insert, type Row } from '../support/random-rows.ts'
import { backfillAll } from '../support/rolled-rows.ts'
import { beginAnew, conversation, event, insertHistory, instantOf, openReportDatabase } from './desks.ts'

const range = { since: instantOf('2024-03-31T00:00:00Z'), until: instantOf('2024-04-08T00:30:00Z') }
const stamps = { created_at: '2024-01-01', updated_at: '2024-01-01' }

let database: TestDatabase
beforeAll(async () => void (database = await openReportDatabase()))
afterAll(() => database?.drop())
beforeEach(async () => {
  for (const table of ['agent_bot_inboxes', 'integrations_hooks', 'captain_inboxes', 'captain_assistants'])
    await run(database.pool, `delete from ${table}`)
})

const bot = (inbox_id: number, more: Row = {}) =>
  insert(database.pool, 'agent_bot_inboxes', [
    { id: inbox_id, inbox_id, agent_bot_id: 1, status: 0, account_id: 1, ...stamps, ...more },
  ])

async function history(): Promise<void> {
  const { pool } = database
  await insertHistory(pool, 'conversations', [
    conversation(1, '2024-03-31 00:00'),
    conversation(2, '2024-04-01 10:00'),
    conversation(3, '2024-04-06 15:10'),
    conversation(4, '2024-04-07 10:00', { inbox_id: 12 }),
    conversation(5, '2024-03-30 23:59:59.999'),
    conversation(6, '2024-04-08 00:30'),
    conversation(7, '2024-04-02 10:00', { account_id: 2, inbox_id: 21 }),
  ])
  const handoff = 'conversation_bot_handoff'
  const resolved = 'conversation_bot_resolved'
  await insertHistory(pool, 'reporting_events', [
    event(1, handoff, '2024-04-01 11:00', { conversation_id: 2 }),
    event(2, handoff, '2024-04-02 11:00', { conversation_id: 2 }),
    // Handed off after the range; created before it; in an inbox without a bot; in another account; of no conversation.
    event(3, handoff, '2024-04-08 00:30', { conversation_id: 3 }),
    event(4, handoff, '2024-04-01 11:00', { conversation_id: 5 }),
    event(5, handoff, '2024-04-07 11:00', { conversation_id: 4, inbox_id: 12 }),
    event(6, handoff, '2024-04-02 11:00', { conversation_id: 7, account_id: 2, inbox_id: 21 }),
    event(7, handoff, '2024-04-02 11:00', { conversation_id: 900 }),
    event(8, resolved, '2024-04-01 12:00', { conversation_id: 1, value: 100 }),
    event(9, resolved, '2024-04-08 00:29:59.9', { conversation_id: 5, value: 201 }),
    event(10, resolved, '2024-04-03 12:00', { conversation_id: 1, value: null }),
    event(11, resolved, '2024-04-08 00:30', { conversation_id: 1, value: 9999 }),
    event(12, resolved, '2024-04-03 12:00', { conversation_id: 4, inbox_id: 12, value: 1000 }),
    event(13, resolved, '2024-04-03 12:00', { conversation_id: 7, account_id: 2, inbox_id: 21, value: 5000 }),
  ])
}

const ofInbox11 = {
  total_conversations: 3,
  bot_handled: 2,
  bot_handoffs: 1,
  bot_resolution_rate: 200 / 3,
  avg_bot_resolution_time: 150.5,
  avg_bot_resolution_time_n: 3,
}

test.each(['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'])(
  'conversations of the inboxes that have a bot, for a desk in %s',
  async (zone) => {
    const { pool } = database
    await beginAnew(pool, zone)
    await history()
    await bot(11)
    await bot(12, { status: 1 })
    expect((await botReport(pool, 1, { range })).data).toEqual(ofInbox11)
    await backfillAll(pool, 1)
    const rolled = await botReport(pool, 1, { range })
    expect(rolled.data).toEqual(ofInbox11)
    expect(rolled.source).toBe('mixed')
    expect((await botReport(pool, 1, { range, inboxIds: [11] })).data).toEqual(ofInbox11)
    await run(pool, `update reporting_events set value_in_business_hours = 60 where name = 'conversation_bot_resolved'`)
    expect((await botReport(pool, 1, { range, businessHours: true })).data.avg_bot_resolution_time).toBe(60)
    expect((await botReport(pool, 1, { range, inboxIds: [11, 12] })).data).toEqual({
      total_conversations: 4,
      bot_handled: 2,
      bot_handoffs: 2,
      bot_resolution_rate: 50,
      avg_bot_resolution_time: 1301 / 3,
      avg_bot_resolution_time_n: 4,
    })
  },
)

const nothing = {
  total_conversations: 0,
  bot_handled: 0,
  bot_handoffs: 0,
  bot_resolution_rate: null,
  avg_bot_resolution_time: null,
  avg_bot_resolution_time_n: 0,
}

test('nothing without a bot, in an empty range, and of another account’s inbox', async () => {
  const { pool } = database
  await beginAnew(pool, 'UTC')
  await history()
  await bot(21, { account_id: 2 })
  expect((await botReport(pool, 1, { range })).data).toEqual(nothing)
  expect((await botReport(pool, 1, { range: { since: range.until, until: range.since }, inboxIds: [11] })).data).toEqual(nothing)
  expect((await botReport(pool, 1, { range, inboxIds: [21] })).data).toEqual(nothing)
})

test('a hook or an assistant makes an inbox one with a bot', async () => {
  const { pool } = database
  await beginAnew(pool, 'UTC')
  await history()
  const total = async () => (await botReport(pool, 1, { range })).data.total_conversations
  await insert(pool, 'integrations_hooks', [{ id: 1, inbox_id: 12, account_id: 1, app_id: 'dialogflow', status: 0, ...stamps }])
  expect(await total()).toBe(0)
  await run(pool, 'update integrations_hooks set status = 1')
  expect(await total()).toBe(1)
  await insert(pool, 'captain_assistants', [{ id: 1, name: 'Captain', account_id: 1, ...stamps }])
  await insert(pool, 'captain_inboxes', [{ id: 1, captain_assistant_id: 1, inbox_id: 11, ...stamps }])
  expect(await total()).toBe(4)
})
