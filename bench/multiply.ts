import { many, run, transaction, type Client, type Pool } from '../src/db.ts'

/** Columns of the raw tables that a copy has to have for itself, and the table whose ids they are. */
const ownIds = {
  conversations: { id: 'conversations', display_id: 'conversations' },
  taggings: { id: 'taggings', taggable_id: 'conversations' },
  messages: { id: 'messages', conversation_id: 'conversations' },
  reporting_events: { id: 'reporting_events', conversation_id: 'conversations' },
  csat_survey_responses: { id: 'csat_survey_responses', conversation_id: 'conversations', message_id: 'messages' },
} as const
type Table = keyof typeof ownIds
const tables = Object.keys(ownIds) as Table[]

/**
 * Makes `factor` of every conversation with all that hangs on it: at the same instants, of the same agents, inboxes, teams,
 * labels and contacts, so that there are as many buckets as before with `factor` times as much in each.
 */
export async function multiplyRows(pool: Pool, factor: number): Promise<void> {
  await transaction(pool, async (tx) => {
    // Without triggers: they would mark every hour, and number the conversations one by one.
    await run(tx, 'set local session_replication_role = replica')
    const lastIds = await lastIdsOf(tx)
    for (const table of tables) await copyRows(tx, table, factor - 1, lastIds)
  })
}

async function lastIdsOf(tx: Client): Promise<ReadonlyMap<string, number>> {
  const found = tables.map((table) => `select '${table}' as table, coalesce(max(id), 0)::bigint as last from ${table}`)
  const rows = await many<{ table: string; last: number }>(tx, found.join(' union all '))
  return new Map(rows.map(({ table, last }) => [table, last]))
}

async function copyRows(tx: Client, table: Table, copies: number, lastIds: ReadonlyMap<string, number>): Promise<void> {
  const columns = await many<{ name: string }>(
    tx,
    `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1 order by 1`,
    [table],
  )
  const names = columns.map(({ name }) => name)
  const shifts: Record<string, string> = ownIds[table]
  const values = names.map((name) => {
    if (name === 'uuid') return 'gen_random_uuid()'
    const shift = shifts[name]
    return shift === undefined ? name : `${name} + copy * ${lastIds.get(shift)}`
  })
  // In the order of time, as rows come in.
  await run(
    tx,
    `insert into ${table} (${names.join(', ')})
     select ${values.join(', ')} from ${table}, generate_series(1, $1::int) as copy order by ${table}.created_at`,
    [copies],
  )
}
