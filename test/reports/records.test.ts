// The promise: each metric lists exactly the rows it is made from, newest first, with the conversation they belong to. Told on
// rows written by hand; that the counts agree with the figures for any rows tells records-counts.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import { countingMetrics, type CountingMetric } from '../../src/reports/counted-rows.ts'
import { records, type RecordsAsked } from '../../src/reports/records.ts'
import type { TestDatabase } from '../support/database.ts'
import { insert } from '../support/random-rows.ts'
import { backfillAll } from '../support/rolled-rows.ts'
import { beginAnew, conversation, event, insertHistory, instantOf, message, openReportDatabase } from './desks.ts'

const range = { since: instantOf('2024-04-01T00:00:00Z'), until: instantOf('2024-04-08T00:00:00Z') }
const account = { dimension: 'account' } as const

let database: TestDatabase
beforeAll(async () => {
  database = await openReportDatabase()
  const { pool } = database
  await beginAnew(pool, 'Australia/Lord_Howe')
  const stamps = { created_at: '2024-01-01', updated_at: '2024-01-01' }
  await run(pool, `update inboxes set name = 'Site' where id = 11`)
  await run(pool, `update users set name = 'Ann' where id = 51`)
  await insert(pool, 'contacts', [
    { id: 1, name: 'Zoë', account_id: 1, ...stamps },
    { id: 2, name: 'Theirs', account_id: 2, ...stamps },
  ])
  await insertHistory(pool, 'conversations', [
    conversation(1, '2024-04-01 00:00', { display_id: 101, status: 1 }),
    conversation(2, '2024-04-02 10:00', { assignee_id: null, team_id: null, contact_id: null, status: 3 }),
    conversation(3, '2024-04-02 10:00', { inbox_id: 12, assignee_id: 52, team_id: 32, status: 2 }),
    conversation(4, '2024-03-31 23:59:59.999999', { contact_id: 3 }),
    conversation(5, '2024-04-08 00:00'),
    // Of a contact of another account, as no Chatwoot writes it: his name is not for this account.
    conversation(6, '2024-04-05 00:00', { contact_id: 2 }),
    conversation(8, '2024-04-03 00:00', { account_id: 2, inbox_id: 21, assignee_id: 54, team_id: 41 }),
  ])
  await insertHistory(pool, 'messages', [
    message(1, 1, '2024-04-01 00:00'),
    message(2, 1, '2024-04-01 01:00', { message_type: 1, sender_type: 'User', sender_id: 52 }),
    message(3, 1, '2024-04-01 02:00', { message_type: 3, content_type: 9 }),
    message(4, 999, '2024-04-03 02:00', { message_type: 1, sender_type: 'AgentBot', sender_id: 52 }),
    message(5, 8, '2024-04-03 02:00', { account_id: 2, inbox_id: 21, message_type: 1 }),
    message(6, 1, '2024-04-03 02:00', { message_type: 2 }),
  ])
  const handoff = 'conversation_bot_handoff'
  const bot = 'conversation_bot_resolved'
  const resolved = 'conversation_resolved'
  await insertHistory(pool, 'reporting_events', [
    event(1, 'first_response', '2024-04-01 01:00', { conversation_id: 1, value: 3600, value_in_business_hours: 60 }),
    event(2, 'first_response', '2024-04-01 01:00', { conversation_id: 999, value: null, user_id: 52 }),
    event(3, 'reply_time', '2024-04-02 11:00', { conversation_id: 2, value: 7 }),
    event(4, resolved, '2024-04-01 05:00', { conversation_id: 1, value: 18000 }),
    event(5, resolved, '2024-04-01 06:00', { conversation_id: 1, value: 21600 }),
    event(6, 'conversation_opened', '2024-04-03 06:00', { conversation_id: 1, value: 172800 }),
    event(7, resolved, '2024-04-04 06:00', { conversation_id: 1, value: 280800 }),
    event(8, resolved, '2024-04-04 07:00', { conversation_id: 6, value: 1 }),
    event(9, resolved, '2024-04-06 07:00', { conversation_id: 6, value: 111600 }),
    event(10, handoff, '2024-04-02 10:30', { conversation_id: 3, inbox_id: 12, value: 1800 }),
    event(11, handoff, '2024-04-02 10:40', { conversation_id: 3, inbox_id: 12, value: 2400 }),
    event(12, handoff, '2024-04-02 10:40', { conversation_id: 999 }),
    event(13, bot, '2024-04-01 05:00', { conversation_id: 1, value: 18000, value_in_business_hours: 5 }),
    event(14, bot, '2024-04-01 05:00', { conversation_id: 3, inbox_id: 12 }),
    event(15, bot, '2024-04-01 05:00', { conversation_id: null }),
    event(16, resolved, '2024-04-04 07:00', { account_id: 2, conversation_id: 8, inbox_id: 21, value: 1 }),
  ])
  const response = (id: number, conversation_id: number, rating: number, created_at: string, account_id = 1) => ({
    id,
    account_id,
    conversation_id,
    rating,
    message_id: id,
    contact_id: 1,
    assigned_agent_id: 52,
    created_at,
    updated_at: created_at,
  })
  await insertHistory(pool, 'csat_survey_responses', [
    response(1, 1, 5, '2024-04-02 00:00'),
    response(2, 3, 2, '2024-04-03 00:00'),
    response(3, 8, 4, '2024-04-03 00:00', 2),
  ])
  const tagging = (id: number, tag_id: number, taggable_id: number) => ({
    id,
    tag_id,
    taggable_id,
    taggable_type: 'Conversation',
    context: 'labels',
    tagger_id: id,
    tagger_type: 'User',
  })
  // Two spellings of one label.
  await insertHistory(pool, 'taggings', [tagging(1, 81, 1), tagging(2, 82, 1), tagging(3, 81, 8)])
})
afterAll(() => database?.drop())

const page = async (asked: Partial<RecordsAsked> & { metric: CountingMetric }) =>
  (await records(database.pool, 1, { subject: account, range, page: 1, perPage: 100, ...asked })).data

/** Ids and values, newest first, and how many conversations there are. */
async function listed(asked: Partial<RecordsAsked> & { metric: CountingMetric }) {
  const { totalCount, conversationCount, records: found } = await page(asked)
  expect(totalCount).toBe(found.length)
  return { of: conversationCount, records: found.map(({ id, value }) => (value === null ? `${id}` : `${id}: ${value}`)) }
}

/** What each metric lists for the whole account. */
const expected: Record<CountingMetric, { of: number; records: string[] }> = {
  conversations_count: { of: 4, records: ['6', '3', '2', '1'] },
  unique_contacts_count: { of: 2, records: ['6', '1'] },
  open_conversations_count: { of: 3, records: ['3', '2', '4'] },
  incoming_messages_count: { of: 1, records: ['1'] },
  outgoing_messages_count: { of: 2, records: ['4', '2'] },
  csat_surveys_count: { of: 1, records: ['3'] },
  csat_response_rate: { of: 1, records: ['3'] },
  csat_responses_count: { of: 2, records: ['2: 2', '1: 5'] },
  csat_score: { of: 2, records: ['2: 2', '1: 5'] },
  csat_rating: { of: 2, records: ['2: 2', '1: 5'] },
  csat_1_count: { of: 0, records: [] },
  csat_2_count: { of: 1, records: ['2: 2'] },
  csat_3_count: { of: 0, records: [] },
  csat_4_count: { of: 0, records: [] },
  csat_5_count: { of: 1, records: ['1: 5'] },
  avg_first_response_time: { of: 2, records: ['2', '1: 3600'] },
  reply_time: { of: 1, records: ['3: 7'] },
  avg_resolution_time: { of: 2, records: ['9: 111600', '8: 1', '7: 280800', '5: 21600', '4: 18000'] },
  resolutions_count: { of: 2, records: ['9: 111600', '8: 1', '7: 280800', '5: 21600', '4: 18000'] },
  bot_handoffs_count: { of: 1, records: ['11: 2400'] },
  bot_resolutions_count: { of: 1, records: ['13: 18000'] },
  reopened_count: { of: 1, records: ['6: 172800'] },
  // Event 5 closes what was closed, 8 what was not created yet; 4 was followed by an opening, 7 by a resolution before it.
  first_contact_resolution: { of: 2, records: ['9: 100', '7: 0', '4: 0'] },
}

test.each(['before', 'after'])('what each metric lists, %s it is rolled', async (when) => {
  if (when === 'after') await backfillAll(database.pool, 1)
  expect(Object.keys(expected).sort()).toEqual([...countingMetrics].sort())
  for (const metric of countingMetrics) expect(await listed({ metric }), metric).toEqual(expected[metric])
})

test('a record tells where it belongs; of what is gone, that it is gone', async () => {
  const of1 = {
    id: 1,
    display_id: 101,
    status: 'resolved',
    inbox_id: 11,
    inbox_name: 'Site',
    assignee_id: 51,
    assignee_name: 'Ann',
    team_id: 31,
    contact_id: 1,
    contact_name: 'Zoë',
    created_at: range.since,
  }
  const { records: responses } = await page({ metric: 'avg_first_response_time', businessHours: true })
  const at = range.since + 3600
  expect(responses).toEqual([
    { kind: 'event', id: 2, at, value: null, conversation: null },
    { kind: 'event', id: 1, at, value: 60, conversation: of1 },
  ])
  const { records: conversations } = await page({ metric: 'conversations_count' })
  const none = { assignee_id: null, assignee_name: null, team_id: null, contact_id: null, contact_name: null, status: 'snoozed' }
  expect(conversations[2]).toMatchObject({ kind: 'conversation', id: 2, conversation: none })
  expect(conversations[0]).toMatchObject({ id: 6, conversation: { contact_id: 2, contact_name: null } })
  expect((await page({ metric: 'csat_rating' })).records[1]).toMatchObject({ kind: 'response', id: 1, conversation: of1 })
  expect((await page({ metric: 'incoming_messages_count' })).records).toMatchObject([
    { kind: 'message', id: 1, conversation: of1 },
  ])
})

test('subjects and filters count as the reports count', async () => {
  const metric = 'conversations_count'
  const agent = { dimension: 'agent', id: 52 } as const
  const bug = { dimension: 'label', id: 61 } as const
  expect(await listed({ metric, subject: { dimension: 'inbox', id: 12 } })).toEqual({ of: 1, records: ['3'] })
  expect(await listed({ metric, subject: { dimension: 'team', id: 0 } })).toEqual({ of: 1, records: ['2'] })
  expect(await listed({ metric, filter: { agent: [0, 52] } })).toEqual({ of: 2, records: ['3', '2'] })
  // Tagged "bug" and "Bug", it counts twice among the conversations of the label, once among those that carry it.
  expect(await listed({ metric, subject: bug })).toEqual({ of: 1, records: ['1', '1'] })
  expect(await listed({ metric, filter: { label: [61] } })).toEqual({ of: 1, records: ['1'] })
  expect(await listed({ metric: 'reopened_count', subject: bug })).toEqual({ of: 1, records: ['6: 172800', '6: 172800'] })
  expect(await listed({ metric: 'resolutions_count', subject: bug })).toMatchObject({ of: 1, records: { length: 3 } })
  // An agent's messages are those he wrote; a survey and a conversation are its assignee's; an event is whose it names.
  expect(await listed({ metric: 'outgoing_messages_count', subject: agent })).toEqual({ of: 1, records: ['2'] })
  expect(await listed({ metric: 'csat_surveys_count', subject: agent })).toEqual({ of: 0, records: [] })
  expect(await listed({ metric: 'avg_first_response_time', subject: agent })).toEqual({ of: 1, records: ['2'] })
  expect(await listed({ metric: 'csat_score', subject: agent, filter: { inbox: [12] } })).toEqual({ of: 1, records: ['2: 2'] })
  // Without a handoff in its scope, a resolution that belongs to no conversation counts.
  expect(
    await listed({
      metric: 'bot_resolutions_count',
      subject: { dimension: 'inbox', id: 11 },
      range: { ...range, until: range.since + 86400 },
    }),
  ).toEqual({ of: 1, records: ['15', '13: 18000'] })
})

test('pages follow each other; beyond the last there is nothing', async () => {
  const metric = 'resolutions_count'
  const ids = async (number: number) => {
    const { totalCount, conversationCount, records: found } = await page({ metric, page: number, perPage: 2 })
    expect([totalCount, conversationCount]).toEqual([5, 2])
    return found.map(({ id }) => id)
  }
  expect([await ids(1), await ids(2), await ids(3), await ids(4)]).toEqual([[9, 8], [7, 5], [4], []])
  expect((await page({ metric, page: Number.MAX_SAFE_INTEGER, perPage: 100 })).records).toEqual([])
})

test('what cannot be answered is refused in words', async () => {
  const metric = 'resolutions_count'
  for (const bad of [
    { page: 0 },
    { page: 1.5 },
    { page: NaN },
    { perPage: 0 },
    { perPage: 101 },
    { subject: { dimension: 'inbox' as const } },
  ])
    await expect(page({ metric, ...bad }), JSON.stringify(bad)).rejects.toMatchObject({ status: 422 })
  const empty = { since: range.until, until: range.since }
  for (const name of countingMetrics) expect((await page({ metric: name, range: empty })).totalCount, name).toBe(0)
})

test('another account sees its own records alone', async () => {
  const theirs = async (metric: CountingMetric) =>
    (await records(database.pool, 2, { metric, subject: account, range, page: 1, perPage: 100 })).data.records.map(({ id }) => id)
  expect(await theirs('conversations_count')).toEqual([8])
  expect(await theirs('outgoing_messages_count')).toEqual([5])
  expect(await theirs('resolutions_count')).toEqual([16])
  expect(await theirs('csat_score')).toEqual([3])
  expect(await theirs('open_conversations_count')).toEqual([])
  expect(await theirs('bot_handoffs_count')).toEqual([])
})
