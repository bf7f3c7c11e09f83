import { many, type Pool } from '../../src/db.ts'

/** Instants at which something was tried or done, ids that a sequence or chance gives, and how the work was cut up. */
const ofTheAttempt =
  /^(created|started|progressed|finished|rolled|days_rolled|months_rolled|updated|claimed|begun|taken|planned|composed|verified|found|repaired|paused|next_attempt|settled|queued|failed|noted)_at$|^(paced_until|active_seconds|chunks|message_id|snapshot_id|backfill_id|revision)$/
/** The log of acts tells of each step of a purge, and steps are as long as the machine is fast. */
const leftOut = ['audit_log', 'heartbeats', 'compatibility']

/** Ids that are drawn by lot or count runs; the instant of a mark is when it was made. */
const ownOf: Record<string, string[]> = {
  deliveries: ['id'],
  snapshots: ['id'],
  links: ['id', 'delivery_id'],
  mismatches: ['id'],
  backfills: ['id'],
  dirty_hours: ['at', 'retry_at'],
  dirty_scopes: ['at'],
  // Which of the older days come by, and when the next turn is, is drawn by lot.
  verified_days: ['day'],
  reconciliations: ['due_at'],
}

/**
 * Every row of Tidemark's own tables as a line of text, in order, that is equal when the row is, but for when and in how many
 * attempts it was written: of such an instant it says only whether there is one.
 */
export async function tidemarkRows(pool: Pool): Promise<string[]> {
  const tables = await many<{ name: string }>(
    pool,
    `select relname as name from pg_class where relnamespace = 'tidemark'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relname <> all ($1::text[]) order by 1`,
    [leftOut],
  )
  const lines: string[] = []
  for (const { name } of tables) {
    const rows = await many<{ row: Record<string, unknown> }>(pool, `select to_jsonb(t) as row from tidemark.${name} t`)
    lines.push(...rows.map(({ row }) => `${name} ${lineOf(name, row)}`))
  }
  return lines.sort()
}

function lineOf(table: string, row: Record<string, unknown>): string {
  const own = ownOf[table] ?? []
  const kept = Object.entries(row).map(([key, value]) => {
    const isOfTheAttempt = own.includes(key) || ofTheAttempt.test(key)
    return [key, isOfTheAttempt ? value !== null : value] as const
  })
  return JSON.stringify(Object.fromEntries(kept), inOrder)
}

/** A histogram's bins lie in no order. */
const inOrder = (_: string, value: unknown) =>
  Array.isArray(value) && value.every((one) => typeof one === 'number') ? [...value].sort((a, b) => a - b) : value
