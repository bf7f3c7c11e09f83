import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many, one, openPool, type Queryable } from '../../src/db.ts'
import { columns, rawTables, type RawTable } from '../../src/demo/columns.ts'
import { benchDesk, demoDesk, tinyDesk, type DeskShape } from '../../src/demo/desk.ts'
import { generateDesk, type DeskSummary } from '../../src/demo/generate.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { announceMissing, sharedFolder } from '../support/shared.ts'
import { invariants } from './invariants.ts'

const now = Date.UTC(2026, 2, 18, 12) / 1000
const options = { seed: 42, accounts: tinyDesk(), now }

/** A digest of all rows of each table, in the order of their ids. */
async function digests(db: Queryable): Promise<Record<RawTable, string>> {
  const entries = rawTables.map(async (table) => {
    const list = table === 'conversations' ? `display_id, ${columns[table]}` : columns[table]
    const { md5 } = await one<{ md5: string }>(
      db,
      `select md5(coalesce(string_agg(md5(r::text), '' order by id), '')) from (select id, ${list} from public.${table}) r`,
    )
    return [table, md5]
  })
  return Object.fromEntries(await Promise.all(entries)) as Record<RawTable, string>
}

let database: TestDatabase
let summary: DeskSummary

beforeAll(async () => {
  database = await createStandalone()
  summary = await generateDesk(database.pool, options)
})
afterAll(() => database.drop())

describe('a desk', () => {
  test.each(Object.entries(invariants))('%s', async (_, statement) => {
    const { n } = await one<{ n: number }>(database.pool, `select count(*) as n from (${statement}) offending`)
    expect(n).toBe(0)
  })

  test('has no row of the future', async () => {
    const stamps = await many<{ table: string; column: string }>(
      database.pool,
      `select table_name as table, column_name as column from information_schema.columns
       where table_schema = 'public' and table_name = any($1) and data_type like 'timestamp%' and column_name <> 'snoozed_until'`,
      [rawTables],
    )
    const lates = stamps.map(({ table, column }) => `select max(${column}) as at from public.${table}`)
    const { latest } = await one<{ latest: Date }>(
      database.pool,
      `select max(at) as latest from (${lates.join(' union all ')}) m`,
    )
    expect(latest.getTime() / 1000).toBeLessThanOrEqual(now)
    expect(latest.getTime() / 1000).toBeGreaterThan(now - 86400)
  })

  test('has everything that reports tell apart', async () => {
    const distinct = async (column: string, table: string) => {
      const rows = await many<{ v: unknown }>(database.pool, `select distinct ${column} as v from public.${table} order by 1`)
      return rows.map((row) => row.v)
    }
    expect(await distinct('status', 'conversations')).toEqual([0, 1, 2, 3])
    expect(await distinct('message_type', 'messages')).toEqual([0, 1, 2, 3])
    expect(await distinct('rating', 'csat_survey_responses')).toEqual([1, 2, 3, 4, 5])
    expect(await distinct('private', 'messages')).toEqual([false, true])
    expect(await distinct('working_hours_enabled', 'inboxes')).toEqual([false, true])
    expect(await distinct('name', 'reporting_events')).toEqual([
      'conversation_bot_handoff',
      'conversation_bot_resolved',
      'conversation_opened',
      'conversation_resolved',
      'first_response',
      'reply_time',
    ])
  })

  test('has its rare cases: orphaned events, agents gone or new, resolved by the bot and handed off later', async () => {
    const rare = await one<Record<string, number>>(
      database.pool,
      `select
         (select count(*) from reporting_events e where not exists (select from conversations c where c.id = e.conversation_id)) as orphans,
         (select count(*) from users u where not exists (select from account_users a where a.user_id = u.id)) as gone,
         (select count(*) from account_users a join accounts o on o.id = a.account_id where a.created_at > o.created_at + interval '20 days') as new,
         (select count(*) from reporting_events r join reporting_events h using (conversation_id)
          where r.name = 'conversation_bot_resolved' and h.name = 'conversation_bot_handoff' and h.created_at > r.created_at) as both,
         (select count(*) from (select from reporting_events where name = 'conversation_resolved' group by conversation_id having count(*) > 1) t) as twice,
         (select count(*) from conversations where assignee_id is null and status = 0) as unassigned`,
    )
    expect(Object.entries(rare).filter(([, count]) => count === 0)).toEqual([])
    expect(rare.orphans).toBeLessThan(summary.rows.reporting_events / 50)
  })

  test('is as large as its shapes say', () => {
    expect(summary.rows.accounts).toBe(2)
    expect(summary.rows.conversations).toBeGreaterThan(790)
    expect(summary.rows.messages / summary.rows.conversations).toBeGreaterThan(9)
    expect(summary.rows.messages / summary.rows.conversations).toBeLessThan(11)
  })

  test('lets its administrators, a plain agent and one who may see reports in', async () => {
    const found = await many<{ account_id: number; role: number; permissions: string[] | null }>(
      database.pool,
      `select m.account_id, m.role, r.permissions from access_tokens t join account_users m on m.user_id = t.owner_id
       left join custom_roles r on r.id = m.custom_role_id where t.owner_type = 'User' and t.token = any($1) order by m.account_id, m.user_id`,
      [summary.accounts.flatMap(({ tokens }) => [tokens.administrator, tokens.agent, tokens.reporter])],
    )
    expect(found.map(({ account_id, role, permissions }) => [account_id, role, permissions?.[0] ?? null])).toEqual(
      summary.accounts.flatMap(({ id }) => [
        [id, 1, null],
        [id, 0, null],
        [id, 0, 'report_manage'],
      ]),
    )
  })

  test('has its messages in the partitions of their months', async () => {
    const { n } = await one<{ n: number }>(database.pool, 'select count(*) as n from messages_default')
    expect(n).toBe(0)
    const months = await many<{ month: string }>(
      database.pool,
      'select distinct tableoid::regclass::text as month from messages order by 1',
    )
    expect(months.map((row) => row.month)).toEqual(['messages_2026_01', 'messages_2026_02', 'messages_2026_03'])
  })

  test('leaves the next ids and display ids free', async () => {
    const inserted = await one<{ id: number; display_id: number }>(
      database.pool,
      `insert into conversations (account_id, inbox_id, created_at, updated_at) values (1, 1, now(), now()) returning id, display_id`,
    )
    const { last } = await one<{ last: number }>(
      database.pool,
      'select max(display_id) as last from conversations where account_id = 1',
    )
    expect(inserted.display_id).toBe(last)
    await database.pool.query('delete from conversations where id = $1', [inserted.id])
  })
})

describe('the generator', () => {
  test('gives the same rows again for the same seed, with the indexes kept or rebuilt', async () => {
    const [first, second] = await Promise.all([createStandalone(), createStandalone()])
    const indexes = 'select indexdef from pg_indexes where schemaname = $1 order by 1'
    const before = await many(second.pool, indexes, ['public'])
    await generateDesk(first.pool, options)
    await generateDesk(second.pool, { ...options, rebuildIndexes: true })
    expect(await digests(second.pool)).toEqual(await digests(first.pool))
    const parents = (rows: { indexdef: string }[]) => rows.map((row) => row.indexdef).filter((text) => !/_\d{4}_\d\d /.test(text))
    expect(parents(await many<{ indexdef: string }>(second.pool, indexes, ['public']))).toEqual(
      parents(before as { indexdef: string }[]),
    )
    const invalid = await many(second.pool, 'select indexrelid::regclass::text from pg_index where not indisvalid')
    expect(invalid).toEqual([])
    await Promise.all([first.drop(), second.drop()])
  })

  test('gives other rows for another seed, behind those that are there', async () => {
    const { pool, drop } = await createStandalone()
    const first = await generateDesk(pool, options)
    const second = await generateDesk(pool, { ...options, seed: 43 })
    expect(second.accounts.map((account) => account.id)).toEqual([3, 4])
    expect(second.rows.messages).not.toBe(first.rows.messages)
    const { n } = await one<{ n: number }>(pool, 'select count(*) as n from messages')
    expect(n).toBe(first.rows.messages + second.rows.messages)
    await drop()
  })

  test('leaves nothing behind when it fails', async () => {
    const { pool, drop } = await createStandalone()
    const nowhere: DeskShape = { ...options.accounts[0]!, zone: 'Europe/Nowhere' }
    await expect(generateDesk(pool, { ...options, accounts: [nowhere] })).rejects.toThrow('There is no time zone')
    await pool.query(`alter table conversations add constraint no_more check (id < 500)`)
    await expect(generateDesk(pool, options)).rejects.toThrow('no_more')
    expect(
      await one(pool, 'select (select count(*) from accounts) as accounts, (select count(*) from messages) as messages'),
    ).toEqual({
      accounts: 0,
      messages: 0,
    })
    await drop()
  })

  test('reports its progress up to the last conversation', async () => {
    const { pool, drop } = await createStandalone()
    const seen: number[] = []
    await generateDesk(pool, { ...options, onProgress: ({ conversations, of }) => seen.push(conversations / of) })
    expect(seen.at(-1)).toBe(1)
    await drop()
  })

  test('fills Chatwoot’s own tables with the same rows', async () => {
    const schema = join(sharedFolder() ?? '', 'chatwoot/schema.sql')
    if (!existsSync(schema)) return announceMissing('the generator on a Chatwoot schema')
    const chatwoot = await createDatabase()
    // The script changes settings of its session, so it gets a connection of its own.
    const session = openPool(chatwoot.url, { max: 1 })
    await session.query(readFileSync(schema, 'utf8'))
    await session.end()
    await generateDesk(chatwoot.pool, options)
    expect(await digests(chatwoot.pool)).toEqual(await digests(database.pool))
    await chatwoot.drop()
  })
})

test('the demo desk is to have a good 200,000 messages, the bench desk a million conversations, half of them in one account', () => {
  const total = (desk: DeskShape[], each: (shape: DeskShape) => number) => desk.reduce((sum, shape) => sum + each(shape), 0)
  const conversations = ({ months, conversationsPerMonth }: DeskShape) => months * conversationsPerMonth
  expect(total(demoDesk(), (shape) => conversations(shape) * shape.messagesPerConversation)).toBeGreaterThan(210_000)
  const bench = benchDesk(1)
  expect(bench).toHaveLength(20)
  expect(Math.round(total(bench, conversations) / 1000)).toBe(1000)
  expect(Math.round(conversations(bench[0]!) / 1000)).toBe(500)
  expect(Math.round(total(benchDesk(0.1), conversations) / 1000)).toBe(100)
})
