import type { Instant } from '../clock.ts'
import { many, one, run, transaction, type Client, type Pool } from '../db.ts'
import { zoneNamed } from '../time/zones.ts'
import type { DeskShape } from './desk.ts'
import { writeHistory, type Progress } from './history.ts'
import { advanceSequences, takenIds } from './ids.ts'
import { setIndexesAside } from './indexes.ts'
import { stamp } from './cells.ts'
import { bulkyTables, type RawTable } from './columns.ts'
import { rawRows, type RawRows } from './raw-rows.ts'
import { addRoster } from './roster-rows.ts'
import { rosterOf, titlesOf, type Agent, type Roster } from './roster.ts'

export interface DeskOptions {
  /** A whole number. The same seed, shapes and `now` give the same rows, byte for byte, in an empty database. */
  seed: number
  accounts: readonly DeskShape[]
  /** The present: history ends here, and no row is later. */
  now: Instant
  /**
   * Drop the bulky tables' indexes for the load and build them afterwards. Default: when a million messages or more are
   * to come, which nobody loads beside other users.
   */
  rebuildIndexes?: boolean
  onProgress?: (progress: Progress) => void
}

export interface DeskSummary {
  accounts: {
    id: number
    name: string
    zone: string
    /** Start of its history. */
    since: Instant
    /** Access tokens of its administrator, of a plain agent, and of an agent whose custom role may see reports. */
    tokens: Readonly<Record<Agent['role'], string>>
  }[]
  /** Rows written, by table. */
  rows: Record<RawTable, number>
}

// A job writes events up to 3 s after what they tell of, so nothing may happen in the last seconds before now.
const lastSeconds = 5

/**
 * Fills the raw tables, Chatwoot's own or the standalone ones, with accounts as their shapes say. One transaction: all of
 * it or nothing. Rows that are there already stay, and ids follow on theirs.
 * @throws Refusal (422) for an unknown time zone.
 */
export async function generateDesk(pool: Pool, options: DeskOptions): Promise<DeskSummary> {
  const { seed, accounts, now, rebuildIndexes = isHuge(accounts), onProgress } = options
  return transaction(pool, async (tx) => {
    const rows = rawRows(await takenIds(tx))
    const rosters = await rostersOf(tx, rows, options)
    for (const roster of rosters) addRoster(rows, roster, now)
    await makeMonths(tx, rosters, now)
    const restoreIndexes = rebuildIndexes ? await setIndexesAside(tx) : undefined
    await writeHistory(tx, rows, { seed, rosters, end: now - lastSeconds, onProgress })
    await restoreIndexes?.()
    // The planner knows nothing of rows this new, and autovacuum never looks at a partitioned table as a whole.
    await run(tx, `analyze ${bulkyTables.map((table) => `public.${table}`).join(', ')}`)
    await advanceSequences(tx, rows.lastIds())
    return summaryOf(rosters, rows)
  })
}

async function rostersOf(tx: Client, rows: RawRows, { seed, accounts, now }: DeskOptions): Promise<Roster[]> {
  const tags = await tagsOf(tx, rows, accounts)
  const rosters: Roster[] = []
  for (const [index, shape] of accounts.entries()) {
    const zone = await zoneNamed(tx, shape.zone)
    rosters.push(rosterOf(rows, shape, { seed, index, zone, now, tags }))
  }
  return rosters
}

function isHuge(accounts: readonly DeskShape[]): boolean {
  const messages = accounts.map(
    ({ months, conversationsPerMonth, messagesPerConversation }) => months * conversationsPerMonth * messagesPerConversation,
  )
  return messages.reduce((sum, count) => sum + count, 0) >= 1_000_000
}

/** The ids of the labels' tags, which all accounts share, by title; puts the rows of those that are new. */
async function tagsOf(tx: Client, rows: RawRows, accounts: readonly DeskShape[]): Promise<Map<string, number>> {
  const titles = [...new Set(accounts.flatMap(titlesOf))]
  const known = await many<{ id: number; name: string }>(tx, 'select id, name from public.tags where name = any($1)', [titles])
  const tags = new Map(known.map(({ id, name }) => [name, id]))
  for (const title of titles) {
    if (tags.has(title)) continue
    tags.set(title, rows.nextId('tags'))
    rows.put('tags', tags.get(title)!, [title])
  }
  return tags
}

/** Standalone tables are partitioned by month and need those of the history; Chatwoot's are not. */
async function makeMonths(tx: Client, rosters: readonly Roster[], now: Instant): Promise<void> {
  const question = `select to_regprocedure('public.ensure_raw_months(timestamp, timestamp)') is not null as partitioned`
  const { partitioned } = await one<{ partitioned: boolean }>(tx, question)
  if (!partitioned) return
  const since = Math.min(...rosters.map((roster) => roster.start))
  await run(tx, 'select public.ensure_raw_months($1::timestamp, $2::timestamp)', [stamp(since), stamp(now)])
}

function summaryOf(rosters: readonly Roster[], rows: RawRows): DeskSummary {
  const accounts = rosters.map(({ accountId, shape, start, tokens }) => ({
    id: accountId,
    name: shape.name,
    zone: shape.zone,
    since: start,
    tokens,
  }))
  return { accounts, rows: rows.counts() }
}
