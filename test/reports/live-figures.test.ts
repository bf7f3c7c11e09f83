// The promise: live figures are those of this moment's raw rows, of the account alone, whatever has been rolled.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { one, run } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { liveFigures } from '../../src/reports/live-figures.ts'
import type { TestDatabase } from '../support/database.ts'
import { insert } from '../support/random-rows.ts'
import { seed } from '../support/seed.ts'
import { beginAnew, conversation, insertHistory, openReportDatabase } from './desks.ts'

let database: TestDatabase
beforeAll(async () => void (database = await openReportDatabase()))
afterAll(() => database?.drop())

const stamps = { created_at: '2024-01-01', updated_at: '2024-01-01' }
const at = '2024-04-01 10:00'

test('each figure by the rule of its name', async () => {
  const { pool } = database
  await beginAnew(pool, 'UTC')
  const none = { open: 0, unassigned: 0, unattended: 0, pending: 0, snoozed: 0, agents_online: 0, agents_busy: 0 }
  expect((await liveFigures(pool, 1)).data).toEqual(none)
  const replied = { first_reply_created_at: at, waiting_since: null }
  await insertHistory(pool, 'conversations', [
    conversation(1, at, { ...replied, status: 0 }),
    conversation(2, at, { ...replied, status: 0, waiting_since: at }),
    conversation(3, at, { ...replied, status: 0, first_reply_created_at: null, assignee_id: null }),
    conversation(4, at, { ...replied, status: 1, assignee_id: null, team_id: 32 }),
    conversation(5, at, { ...replied, status: 1, first_reply_created_at: null }),
    conversation(6, at, { ...replied, status: 2, first_reply_created_at: null, inbox_id: 12 }),
    conversation(7, at, { ...replied, status: 3, assignee_id: null }),
    conversation(8, at, { ...replied, status: 0, account_id: 2, inbox_id: 21, assignee_id: null }),
  ])
  await insertHistory(pool, 'taggings', [{ id: 1, tag_id: 82, taggable_id: 3, taggable_type: 'Conversation', context: 'labels' }])
  const member = (id: number, user_id: number, availability: number, auto_offline = false, account_id = 1) => ({
    id,
    account_id,
    user_id,
    availability,
    auto_offline,
    ...stamps,
  })
  await insert(pool, 'account_users', [
    member(1, 51, 0),
    member(2, 52, 2),
    member(3, 53, 0, true),
    member(4, 54, 1),
    member(5, 53, 0, false, 2),
    // A membership whose user is gone.
    member(6, 599, 0),
  ])
  const agents = { agents_online: 1, agents_busy: 1 }
  expect((await liveFigures(pool, 1)).data).toEqual({ open: 3, unassigned: 3, unattended: 2, pending: 1, snoozed: 1, ...agents })
  const { data, source } = await liveFigures(pool, 1, { filter: { inbox: [11], agent: [0] } })
  expect(data).toEqual({ open: 1, unassigned: 3, unattended: 1, pending: 0, snoozed: 1, ...agents })
  expect(source).toBe('raw')
  const ofTeam = { open: 0, unassigned: 1, unattended: 0, pending: 0, snoozed: 0, ...agents }
  expect((await liveFigures(pool, 1, { filter: { team: [32] } })).data).toEqual(ofTeam)
  const labelled = { open: 1, unassigned: 1, unattended: 1, pending: 0, snoozed: 0, ...agents }
  expect((await liveFigures(pool, 1, { filter: { label: [61] } })).data).toEqual(labelled)
  expect((await liveFigures(pool, 1, { filter: { label: [71] } })).data).toEqual({ ...none, ...agents })
  await run(pool, 'delete from account_users')
})

test('many conversations by lot, against plain counts', async () => {
  const { pool } = database
  await beginAnew(pool, 'UTC')
  const random = randomFrom(seed, 61)
  const rows = Array.from({ length: 300 }, (_, id) =>
    conversation(id + 1, at, {
      account_id: random.pick([1, 1, 2]),
      status: random.pick([0, 1, 2, 3]),
      assignee_id: random.pick([51, null]),
      inbox_id: random.pick([11, 12]),
      first_reply_created_at: random.pick([at, null]),
      waiting_since: random.pick([at, null]),
    }),
  )
  await insertHistory(pool, 'conversations', rows)
  const count = async (which: string) =>
    (
      await one<{ n: number }>(
        pool,
        `select count(*)::int as n from conversations where account_id = 1 and inbox_id = 12 and ${which}`,
      )
    ).n
  expect((await liveFigures(pool, 1, { filter: { inbox: [12] } })).data, `TIDEMARK_SEED=${seed}`).toEqual({
    open: await count('status = 0'),
    unassigned: await count('assignee_id is null'),
    unattended: await count('status = 0 and not (first_reply_created_at is not null and waiting_since is null)'),
    pending: await count('status = 2'),
    snoozed: await count('status = 3'),
    agents_online: 0,
    agents_busy: 0,
  })
})
