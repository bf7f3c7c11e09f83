import { readFileSync } from 'node:fs'
import { many, one, openPool, run, type Client, type Pool, type Queryable } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { migrate } from '../../src/migrate.ts'
import { createDatabase, templateDatabase, type TestDatabase } from './database.ts'

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')
/** What makes the oracle's views where our tables are there. */
export const byHand = `${read('./facts.sql')}\n${read('./stored.sql')}`

/** All that happens at the test desks happens in these two weeks: over the end of a month and New York's change of clocks. */
export const OPENED = Date.parse('2026-02-24T00:00:00Z') / 1000
export const CLOSED = Date.parse('2026-03-10T00:00:00Z') / 1000

/** A small support desk that tests write into: one account and the ids of what it has. */
export interface Desk {
  accountId: number
  inboxes: number[]
  agents: number[]
  teams: number[]
  labels: { id: number; title: string; tagId: number }[]
  /** Conversations that are known to be there, until somebody deletes one. */
  conversations: number[]
}

/** A database with the raw tables, ours and the oracle's views. */
export async function createDeskDatabase(): Promise<TestDatabase> {
  return createDatabase({ template: await templateDatabase('chaos_desk', fillDeskDatabase) })
}

/** Makes the same in an empty database of another server. */
export async function fillDeskDatabase(url: string): Promise<void> {
  await migrate(url)
  const pool = openPool(url)
  await pool.query(byHand)
  // Partitions by month, as a standalone desk has them; few, because each costs every statement some time to plan.
  await pool.query(`select ensure_raw_months('2026-01-01', '2026-04-01')`)
  await pool.end()
}

/** Opens a desk in a time zone: 3 inboxes, 4 agents, 3 teams, 4 labels, nothing written yet. */
export async function openDesk(pool: Pool, zone: string): Promise<Desk> {
  const { id: accountId } = await one<{ id: number }>(
    pool,
    `insert into accounts (name, created_at, updated_at, settings)
     values ('desk', now(), now(), jsonb_build_object('reporting_timezone', $1::text)) returning id`,
    [zone],
  )
  const rows = (n: number, table: string, columns: string, values: string) =>
    many<{ id: number }>(
      pool,
      `insert into ${table} (${columns}, created_at, updated_at) select ${values}, now(), now() from generate_series(1, ${n}) as n returning id`,
    ).then((inserted) => inserted.map((row) => row.id))
  const inboxes = await rows(3, 'inboxes', 'channel_id, account_id, name', `n, ${accountId}, 'inbox'`)
  const agents = await rows(4, 'users', 'uid, name', `'${accountId}-' || n, 'agent'`)
  const teams = await rows(3, 'teams', 'name, account_id', `'team ' || n, ${accountId}`)
  const titles = [1, 2, 3, 4].map((n) => `label-${accountId}-${n}`)
  // One label is spelled with a capital: its tag fits, but not exactly.
  const labels = await many<{ id: number; title: string }>(
    pool,
    `insert into labels (title, account_id, created_at, updated_at)
     select case when n = 1 then initcap(title) else title end, $1, now(), now() from unnest($2::text[]) with ordinality as t (title, n)
     returning id, title`,
    [accountId, titles],
  )
  const tags = await many<{ id: number }>(pool, 'insert into tags (name) select unnest($1::text[]) returning id', [titles])
  return {
    accountId,
    inboxes,
    agents,
    teams,
    labels: labels.map(({ id, title }, i) => ({ id, title: title.toLowerCase(), tagId: tags[i]!.id })),
    conversations: [],
  }
}

/** The instant of something that happens: mostly within the same few hours, where writers meet, else anywhere. */
export const instantIn = (random: Random): number =>
  Math.floor(random.chance(0.5) ? random.between(CLOSED - 6 * 3600, CLOSED) : random.between(OPENED, CLOSED))

/** Writes a history in a few statements: conversations, each with messages, events, a survey and labels, between two instants. */
export async function writeHistory(
  db: Queryable,
  desk: Desk,
  conversations: number,
  from = OPENED,
  until = CLOSED,
): Promise<void> {
  const { accountId, inboxes, agents, teams } = desk
  const written = await many<{ id: number }>(
    db,
    `insert into conversations (account_id, inbox_id, assignee_id, team_id, display_id, created_at, updated_at)
     select $1, ($3::int[])[1 + n % 3], ($4::int[])[1 + n % 4], ($5::bigint[])[1 + n % 4], nextval('conv_dpid_seq_' || $1::int),
       to_timestamp($6::float8 + ($7::float8 - $6::float8) * (n * 0.618034 - floor(n * 0.618034))) at time zone 'UTC', now()
     from generate_series(1, $2::int) as n returning id`,
    [accountId, conversations, inboxes, agents, teams, from, until],
  )
  const ids = written.map((row) => row.id)
  for (const statement of historyStatements) await run(db, statement, [accountId, ids, until])
  await run(
    db,
    `insert into taggings (tag_id, taggable_type, taggable_id, context, tagger_type, tagger_id, created_at)
     select ($1::int[])[1 + id % 4], 'Conversation', id, 'labels', 'User', 1, now() from unnest($2::int[]) as id where id % 3 > 0`,
    [desk.labels.map((label) => label.tagId), ids],
  )
  desk.conversations.push(...ids)
}

const later = (seconds: string) =>
  `least(c.created_at + make_interval(secs => ${seconds}), to_timestamp($3) at time zone 'UTC' - interval '1 second')`

const historyStatements = [
  `insert into messages (account_id, inbox_id, conversation_id, message_type, content_type, sender_type, sender_id, created_at, updated_at)
   select c.account_id, c.inbox_id, c.id, n % 3, case when n = 5 then 9 else 0 end, case when n % 3 = 1 then 'User' end, c.assignee_id,
     ${later('n * 2400 + c.id % 1000')}, now()
   from conversations c cross join generate_series(0, 5) as n where c.account_id = $1 and c.id = any ($2::int[])`,
  `insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
   select (array['first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_handoff', 'conversation_bot_resolved'])[n],
     (c.id * 37 + n * 211) % 90000, (c.id * 17 + n * 101) % 9000, c.account_id, c.inbox_id, c.assignee_id, c.id, ${later('n * 3100 + c.id % 700')}, now()
   from conversations c cross join generate_series(1, 5) as n
   where c.account_id = $1 and c.id = any ($2::int[]) and (n < 4 or c.id % 5 = n - 4)`,
  `insert into csat_survey_responses (account_id, conversation_id, message_id, rating, contact_id, assigned_agent_id, created_at, updated_at)
   select c.account_id, c.id, nextval('messages_id_seq'), 1 + c.id % 5, 1, c.assignee_id, ${later('9000')}, now()
   from conversations c where c.account_id = $1 and c.id = any ($2::int[]) and c.id % 2 = 0 and $3::float8 is not null`,
]

/** Writes as it was before there were triggers: no marks, not of the desk itself either. Its history is nowhere covered. */
export async function withoutMarks(pool: Pool, accountId: number, write: (tx: Client) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`begin; set local session_replication_role = replica`)
    await write(client)
    await run(client, 'delete from tidemark.dirty_scopes where account_id = $1 or account_id is null', [accountId])
    await run(
      client,
      `insert into tidemark.accounts (account_id) values ($1) on conflict (account_id) do update set covered = '{}'`,
      [accountId],
    )
    await client.query('commit')
  } finally {
    client.release()
  }
}
