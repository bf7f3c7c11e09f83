import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows, type CaseRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

const time = (instant: number) => new Date(instant * 1000).toISOString()
const [since, until] = [Number(WEEK.since), Number(WEEK.until)]
const inside = time(since + 86400.5)

const inbox = (id: number) => ({ id, account_id: 1, channel_type: 'Channel::Api', name: `inbox ${id}` })
const bot = (id: number, inbox_id: number, status: string, account_id: number | null = 1) =>
  ({ id, inbox_id, agent_bot_id: 1, account_id, status }) // prettier-ignore
const hook = (id: number, inbox_id: number, app_id: string, status: number) => ({ id, inbox_id, account_id: 1, app_id, status })
const conversation = (id: number, inbox_id: number, created_at = inside) => ({ id, account_id: 1, inbox_id, created_at })
const message = (id: number, conversation_id: number, message_type: string, sender_type: string, created_at = inside) =>
  ({ id, account_id: 1, inbox_id: 10, conversation_id, message_type, sender_type, sender_id: 1, created_at }) // prettier-ignore
const event = (id: number, conversation_id: number | null, name: string, created_at = inside) =>
  ({ id, account_id: 1, inbox_id: null, conversation_id, name: `conversation_bot_${name}`, value: 1, created_at }) // prettier-ignore

// Inboxes 10, 12, 15 and 16 have a bot: switched on, Dialogflow, an assistant, and a row without an account.
const rows: CaseRows = {
  inboxes: [10, 11, 12, 13, 14, 15, 16].map(inbox),
  agent_bot_inboxes: [
    bot(1, 10, 'active'),
    bot(2, 10, 'active'),
    bot(3, 11, 'inactive'),
    bot(4, 16, 'active', null),
    bot(5, 14, 'active', 2),
    bot(6, 2, 'active'),
  ],
  integrations_hooks: [hook(1, 12, 'dialogflow', 1), hook(2, 13, 'dialogflow', 0), hook(3, 14, 'slack', 1)],
  captain_assistants: [
    { id: 1, account_id: 1, name: 'ours' },
    { id: 2, account_id: 2, name: 'theirs' },
  ],
  captain_inboxes: [
    { id: 1, captain_assistant_id: 1, inbox_id: 15 },
    { id: 2, captain_assistant_id: 2, inbox_id: 13 },
    { id: 3, captain_assistant_id: 99, inbox_id: 11 },
  ],
  conversations: [
    conversation(10, 10, time(since)),
    conversation(11, 10, time(until)),
    conversation(12, 12, time(until - 0.001)),
    conversation(15, 15),
    conversation(16, 16),
    conversation(21, 11),
    conversation(22, 13),
    conversation(23, 14),
    conversation(30, 10, time(since - 0.001)),
    ...[31, 32, 33, 34, 35].map((id) => conversation(id, 11, time(since - 86400))),
  ],
  messages: [
    message(10, 10, 'outgoing', 'User', time(since)),
    { ...message(11, 10, 'outgoing', 'AgentBot'), private: true },
    message(12, 10, 'incoming', 'Contact'),
    message(13, 10, 'template', 'User'),
    message(14, 10, 'outgoing', 'User', time(until)),
    message(15, 30, 'outgoing', 'User'),
    message(16, 21, 'outgoing', 'User'),
    message(17, 999, 'outgoing', 'User'),
    message(18, 15, 'outgoing', 'Captain::Assistant', time(until - 0.001)),
  ],
  reporting_events: [
    // Resolved twice, of an inbox without a bot, and older than the range: one.
    event(10, 31, 'resolved', time(since)),
    event(11, 31, 'resolved'),
    // Handed off before the range: still resolved.
    event(12, 32, 'handoff', time(since - 0.001)),
    event(13, 32, 'resolved'),
    // Handed off later in the range: not resolved. Twice: one handoff.
    event(14, 33, 'resolved'),
    event(15, 33, 'handoff', time(until - 0.001)),
    event(16, 33, 'handoff'),
    event(17, 34, 'handoff', time(until)),
    event(18, 34, 'resolved', time(until - 0.001)),
    // No conversation, one that is gone, another tenant's.
    ...[null, 998, 3].flatMap((id, i) => [event(20 + i, id, 'resolved'), event(30 + i, id, 'handoff')]),
    // Of this range and not of inboxes with a bot.
    event(42, 21, 'resolved'),
    event(43, 22, 'resolved'),
    event(40, 35, 'resolved', time(until)),
    { ...event(41, 35, 'resolved'), account_id: 2 },
  ],
}

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await insertRows(database.pool, rows)
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = async (query: Given = WEEK) =>
  (await get(app, '/api/v2/accounts/1/reports/bot_metrics', query, { api_access_token: 'token-1' })).json() as object

describe.each([false, true])('bot metrics with rollups: %s', (rolled) => {
  beforeAll(async () => {
    if (rolled) await rollEverything(database.pool, NOON + 86400)
  })

  test('conversations of inboxes with a bot, their messages, and shares of whatever bots resolved', async () => {
    // Created: 10, 12, 15, 16. Resolved: 21, 22, 31, 32, 34. Handed off: 33.
    expect(await ask()).toEqual({ conversation_count: 4, message_count: 3, resolution_rate: 125, handoff_rate: 25 })
  })

  test('a share passes 100 and is cut, not rounded', async () => {
    expect(await ask({ since, until: since + 1 })).toEqual({
      conversation_count: 1,
      message_count: 1,
      resolution_rate: 100,
      handoff_rate: 0,
    })
    // 10, 15 and 16; four resolved and one handed off.
    expect(await ask({ since, until: until - 1 })).toEqual({
      conversation_count: 3,
      message_count: 2,
      resolution_rate: 133,
      handoff_rate: 33,
    })
  })

  test('without a range, or with an empty one, zeros', async () => {
    const zeros = { conversation_count: 0, message_count: 0, resolution_rate: 0, handoff_rate: 0 }
    for (const query of [{}, { since }, { until }, { since: until, until: since }, { since, until: since }]) {
      expect(await ask(query as Given)).toEqual(zeros)
    }
    // Bots handed something off, but nothing was created.
    expect(await ask({ since: until, until: until + 1 })).toMatchObject({ conversation_count: 1, handoff_rate: 100 })
    await run(database.pool, `update conversations set inbox_id = 11 where id = 11`)
    expect(await ask({ since: until, until: until + 1 })).toEqual(zeros)
    await run(database.pool, `update conversations set inbox_id = 10 where id = 11`)
  })

  test.each<[string, string, boolean]>([
    ['{}', '{}', true],
    ['{"captain_responses": 5}', '{"captain_responses_usage": 4}', true],
    ['{"captain_responses": "5"}', '{"captain_responses_usage": "5"}', false],
    ['{"captain_responses": 0}', '{}', false],
    ['{"captain_responses": ""}', '{}', false],
    ['{"captain_responses": 1}', '{"captain_responses_usage": -3}', true],
    ['{"captain_responses": null}', '{"captain_responses_usage": 99999}', true],
    ['{}', '{"captain_responses_usage": 100000}', false],
    ['{"captain_responses": "no"}', '{"captain_responses_usage": "no"}', false],
  ])('an assistant counts while responses are left: limits %s, used %s', async (limits, used, counts) => {
    await run(database.pool, 'update accounts set limits = $1, custom_attributes = $2 where id = 1', [limits, used])
    expect(await ask()).toMatchObject({ conversation_count: counts ? 4 : 3 })
    await run(database.pool, `update accounts set limits = '{}', custom_attributes = '{}' where id = 1`)
  })
})
