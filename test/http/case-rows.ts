import { many, run, type Pool } from '../../src/db.ts'

type Row = Record<string, unknown>
export type CaseRows = Record<string, Row[]>

const BEFORE = '2026-01-01T00:00:00Z'

/** Enumerations as words, in the order of their numbers. */
const words: Record<string, Record<string, readonly string[]>> = {
  account_users: { role: ['agent', 'administrator'] },
  conversations: { status: ['open', 'resolved', 'pending', 'snoozed'] },
  messages: { message_type: ['incoming', 'outgoing', 'activity', 'template'] },
  agent_bot_inboxes: { status: ['active', 'inactive'] },
}

/** What a row has in columns that a case leaves out and the table has no default for. */
const missing: Record<string, (row: Row) => Row> = {
  users: (row) => ({ uid: row['email'] }),
  account_users: () => ({ auto_offline: false }),
  inboxes: (row) => ({ channel_id: row['id'], timezone: 'UTC' }),
  conversations: (row) => ({ display_id: row['id'], contact_id: 1, last_activity_at: row['created_at'] }),
  reporting_events: (row) => ({ event_start_time: row['created_at'], event_end_time: row['created_at'] }),
}

/** Columns that stand for rows or settings elsewhere. */
const shortForms = ['labels', 'reporting_timezone', 'custom_role_permissions']

/** Dates that a table has no column for. */
const undated: Record<string, string[]> = { tags: ['created_at', 'updated_at'], taggings: ['updated_at'] }

/** Puts the rows of a recorded case into an empty Chatwoot database. */
export async function insertRows(pool: Pool, rows: CaseRows): Promise<void> {
  await run(pool, 'alter table conversations disable trigger conversations_before_insert_row_tr')
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list) await insertRow(pool, table, row)
  }
}

async function insertRow(pool: Pool, table: string, given: Row): Promise<void> {
  const dated = { created_at: BEFORE, updated_at: BEFORE, ...given }
  const row: Row = { ...missing[table]?.(dated), ...dated, ...(await long(pool, given)) }
  for (const [column, values] of Object.entries(words[table] ?? {})) {
    if (typeof row[column] === 'string') row[column] = values.indexOf(row[column])
  }
  for (const name of shortForms) if (!(table === 'accounts' && name === 'labels')) delete row[name]
  for (const name of undated[table] ?? []) delete row[name]
  const columns = Object.keys(row).join(', ')
  await run(pool, `insert into ${table} (${columns}) select ${columns} from jsonb_populate_record(null::${table}, $1)`, [
    JSON.stringify(row),
  ])
  for (const label of (given['labels'] as string[] | undefined) ?? []) await tag(pool, Number(given['id']), label)
}

/** The columns that a short form means. */
async function long(pool: Pool, row: Row): Promise<Row> {
  if (row['reporting_timezone'] !== undefined) return { settings: { reporting_timezone: row['reporting_timezone'] } }
  if (row['custom_role_permissions'] === undefined) return {}
  const [role] = await many<{ id: number }>(
    pool,
    'insert into custom_roles (name, account_id, permissions, created_at, updated_at) values ($1, $2, $3, $4, $4) returning id',
    ['role', row['account_id'], row['custom_role_permissions'], BEFORE],
  )
  return { custom_role_id: role!.id }
}

async function tag(pool: Pool, conversationId: number, name: string): Promise<void> {
  await run(pool, 'insert into tags (name) select $1::varchar where not exists (select from tags where name = $1)', [name])
  await run(
    pool,
    `insert into taggings (tag_id, taggable_type, taggable_id, context, created_at)
     select id, 'Conversation', $2, 'labels', $3 from tags where name = $1`,
    [name, conversationId, BEFORE],
  )
}
