import { many, type Client } from '../db.ts'
import { tagCounts } from '../rollups/rolling/statements.ts'
import type { Cover } from './cover.ts'
import type { TaggedQuestion, TaggedRow } from './report.ts'
import type { ReadRolledRows } from './rolled-memory.ts'
import { preferIndexesFor } from './sums.ts'

/** A question with all that is needed to read it. */
export interface TaggedAsk {
  tx: Client
  readRolledRows: ReadRolledRows
  accountId: number
  counted: TaggedQuestion['counted']
  /** Down to days: there are no rows of hours. */
  cover: Cover
}

/** The count of a cover by tag and inbox: from the rows of its months and days, from raw rows for the rest. */
export async function readTagged(ask: TaggedAsk): Promise<TaggedRow[]> {
  const rows = new Map<string, TaggedRow>()
  for (const row of [...(await readRolledTags(ask)), ...(await readRawTags(ask))]) {
    const key = `${row.tag_id} ${row.inbox_id}`
    const known = rows.get(key)
    if (known) known.n += row.n
    else rows.set(key, { ...row })
  }
  return [...rows.values()]
}

const tables = { month: 'tagged_monthly', day: 'tagged_daily' } as const

async function readRolledTags({ readRolledRows, accountId, counted, cover }: TaggedAsk): Promise<readonly TaggedRow[]> {
  const used = (['month', 'day'] as const).filter((grain) => cover[grain].length > 0)
  if (used.length === 0) return []
  const values: unknown[] = [accountId]
  const place = (instants: number[]) => `$${values.push(instants)}::float8[]`
  const branches = used.map((grain) => {
    const [starts, ends] = [place(cover[grain].map((run) => run.from)), place(cover[grain].map((run) => run.until))]
    return `select r.tag_id, r.inbox_id, r.${counted} as n
      from unnest(${starts}, ${ends}) as run (starts, ends)
      cross join lateral (
        select tag_id, inbox_id, ${counted} from tidemark.${tables[grain]}
        where account_id = $1 and bucket >= to_timestamp(run.starts) and bucket < to_timestamp(run.ends) and ${counted} > 0
        offset 0
      ) as r`
  })
  const statement = `select tag_id, inbox_id, sum(n)::int as n from (${branches.join(' union all ')}) as t group by 1, 2`
  return readRolledRows<TaggedRow & Record<string, unknown>>(statement, values)
}

async function readRawTags({ tx, accountId, counted, cover }: TaggedAsk): Promise<TaggedRow[]> {
  if (cover.raw.length === 0) return []
  await preferIndexesFor(tx, cover.raw)
  const statement = `select tag_id, inbox_id, sum(${counted})::int as n from (${tagCounts[counted]}) as t group by 1, 2`
  return many<TaggedRow & Record<string, unknown>>(tx, statement, [
    accountId,
    cover.raw.map((slice) => slice.from),
    cover.raw.map((slice) => slice.until),
  ])
}
