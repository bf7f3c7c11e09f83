import { many, sql, type Client } from '../db.ts'
import type { Span } from '../rollups/coverage.ts'
import { filterClause, filterColumns } from '../rollups/rolling/filter.ts'
import { dimensions, eventOf, type Timed } from '../rollups/parts.ts'
import type { Cover } from './cover.ts'
import type { SpreadRow } from './report.ts'
import type { ReadRolledRows } from './rolled-memory.ts'
import type { Scope } from './scope.ts'
import { preferIndexesFor } from './sums.ts'

const spreadRaw = sql(import.meta.url, './spread-raw.sql')

/** What is asked of the spread of times, with all that is needed to read it. */
export interface SpreadAsk {
  tx: Client
  readRolledRows: ReadRolledRows
  accountId: number
  scope: Scope
  times: Timed
  businessHours: boolean
  /** Edges of the bins; of the stored ones where the cover has months or days. */
  edges: readonly number[]
  pieces: Span[]
  /** Down to days: there are no histograms of hours. */
  cover: Cover
}

type BinRow = { piece: number; id: number; bin: number; n: number }

/** The events of a cover by piece, id and bin: from the histograms of its months and days, from raw rows for the rest. */
export async function readSpreads(ask: SpreadAsk): Promise<SpreadRow[]> {
  const rows = new Map<string, SpreadRow & { bins: Map<number, number> }>()
  for (const { piece, id: own, bin, n } of [...(await readHistograms(ask)), ...(await readRawTimes(ask))]) {
    const id = ask.scope.together ? ask.accountId : own
    const key = `${piece} ${id}`
    const row = rows.get(key) ?? { piece, id, bins: new Map<number, number>() }
    rows.set(key, row)
    row.bins.set(bin, (row.bins.get(bin) ?? 0) + n)
  }
  return [...rows.values()]
}

const tables = { month: 'histogram_monthly', day: 'histogram_daily' } as const

async function readHistograms(ask: SpreadAsk): Promise<readonly BinRow[]> {
  const { readRolledRows, accountId, scope, times, businessHours, pieces, cover } = ask
  const used = (['month', 'day'] as const).filter((grain) => cover[grain].length > 0)
  if (used.length === 0) return []
  const values: unknown[] = [accountId, dimensions[scope.dimension], scope.ids]
  const place = (value: unknown) => `$${values.push(value)}`
  const starts = place(pieces.map((piece) => piece.from))
  const column = `${times}_${businessHours ? 'business' : 'value'}`
  const branches = used.map(
    (grain) => `select width_bucket(extract(epoch from r.bucket)::float8, ${starts}::float8[]) - 1 as piece, r.id, entry
      from unnest(${place(cover[grain].map((run) => run.from))}::float8[], ${place(cover[grain].map((run) => run.until))}::float8[]) as run (starts, ends)
      cross join lateral (
        select bucket, dimension_id as id, ${column} as entries from tidemark.${tables[grain]}
        where account_id = $1 and dimension = $2 and bucket >= to_timestamp(run.starts) and bucket < to_timestamp(run.ends)
          and ($3::bigint[] is null or dimension_id = any ($3))
        offset 0
      ) as r
      cross join lateral unnest(r.entries) as entry`,
  )
  const statement = `select piece, id, (entry % 1024)::int as bin, sum(entry / 1024)::int as n from (${branches.join(' union all ')}) as e group by 1, 2, 3`
  return readRolledRows<BinRow>(statement, values)
}

async function readRawTimes({ tx, accountId, scope, times, businessHours, edges, cover }: SpreadAsk): Promise<BinRow[]> {
  if (cover.raw.length === 0) return []
  await preferIndexesFor(tx, cover.raw)
  const starts = cover.raw.map((slice) => slice.from)
  const ends = cover.raw.map((slice) => slice.until)
  const values: unknown[] = [accountId, starts, ends, dimensions[scope.dimension], scope.ids, edges, eventOf[times]]
  const filter = filterClause(scope.filter, filterColumns.events, (ids) => `$${values.push(ids)}`)
  const clock = businessHours ? 'value_in_business_hours' : 'value'
  const statement = spreadRaw.replaceAll('/*clock*/', clock).replace('/*filter*/', () => filter)
  const rows = await many<BinRow>(tx, statement, values)
  return rows.map((row) => ({ ...row, piece: cover.raw[row.piece]!.piece }))
}
