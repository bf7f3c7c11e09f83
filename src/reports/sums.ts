import type { Client } from '../db.ts'
import { many } from '../db.ts'
import type { Span } from '../rollups/coverage.ts'
import { filterClause, filterColumns } from '../rollups/rolling/filter.ts'
import type { Sums } from '../rollups/metrics.ts'
import { dimensions, sourceOf, type Part } from '../rollups/parts.ts'
import { preferIndexes } from '../rollups/rolling/roll.ts'
import { columnsOf, sourceStatement } from '../rollups/rolling/statements.ts'
import type { Cover } from './cover.ts'
import type { SeriesQuestion } from './report.ts'
import type { ReadRolledRows } from './rolled-memory.ts'
import type { Scope } from './scope.ts'

/** A question with all that is needed to read its parts. */
export interface Ask {
  tx: Client
  readRolledRows: ReadRolledRows
  accountId: number
  question: SeriesQuestion
  scope: Scope
  pieces: Span[]
  cover: Cover
  parts: Part[]
}

export interface SumsRow {
  piece: number
  id: number
  sums: Sums
}

type FlatRow = { piece: number; id: number } & Partial<Record<Part, number | null>>

const tables = { month: 'rollup_monthly', day: 'rollup_daily', hour: 'rollup_hourly' } as const

/** Adds up the rollup rows of a cover, by piece and id, in one statement. */
export async function readRolled({ readRolledRows, accountId, scope, pieces, cover, parts }: Ask): Promise<SumsRow[]> {
  const used = (['month', 'day', 'hour'] as const).filter((grain) => cover[grain].length > 0)
  if (used.length === 0) return []
  const values: unknown[] = [accountId, dimensions[scope.dimension], scope.ids]
  const place = (value: unknown) => `$${values.push(value)}`
  const piece =
    pieces.length === 1
      ? '0'
      : `width_bucket(extract(epoch from r.bucket)::float8, ${place(pieces.map((p) => p.from))}::float8[]) - 1`
  const columns = ['bucket', 'dimension_id', ...parts].join(', ')
  const branches = used.map((grain) => {
    const [starts, ends] = [place(cover[grain].map((run) => run.from)), place(cover[grain].map((run) => run.until))]
    return `select rolled.* from unnest(${starts}::float8[], ${ends}::float8[]) as run (starts, ends)
      cross join lateral (
        select ${columns} from tidemark.${tables[grain]}
        where account_id = $1 and dimension = $2 and bucket >= to_timestamp(run.starts) and bucket < to_timestamp(run.ends)
          and ($3::bigint[] is null or dimension_id = any ($3))
        offset 0
      ) as rolled`
  })
  // Added up here and not by the caller: half the rows to tell, which cost as much again as reading them.
  const sums = parts.map((part) => `sum(r.${part})::float8 as ${part}`).join(', ')
  const statement = `select ${piece} as piece, r.dimension_id as id, ${sums} from (${branches.join(' union all ')}) as r group by 1, 2`
  const rows = await readRolledRows<FlatRow>(statement, values)
  return rows.map((row) => unflatten(row, parts))
}

/** A stretch of raw rows longer than this is read as the planner likes; below it, by index (see preferIndexes). */
const LONG_RAW = 14 * 86400

/** Reads short stretches of raw rows by index. */
export async function preferIndexesFor(tx: Client, slices: readonly Span[]): Promise<void> {
  if (slices.reduce((seconds, { from, until }) => seconds + until - from, 0) <= LONG_RAW) await preferIndexes(tx)
}

/** Counts the raw rows of a cover's slivers with the statements that the roll uses, those of all raw tables needed in one. */
export async function readRaw({ tx, accountId, scope, cover, parts }: Ask): Promise<SumsRow[]> {
  if (cover.raw.length === 0) return []
  await preferIndexesFor(tx, cover.raw)
  const from = cover.raw.map((slice) => slice.from)
  const until = cover.raw.map((slice) => slice.until)
  const values: unknown[] = [accountId, from, until, [dimensions[scope.dimension]], scope.ids]
  const place = (ids: readonly number[]) => `$${values.push(ids)}`
  const branches = [...new Set(parts.map(sourceOf))].map((source) => {
    const filter = source === 'tagged' ? '' : filterClause(scope.filter, filterColumns[source], place)
    return `select slot - 1 as piece, dimension_id as id, ${columnsOf(source, parts)} from (${sourceStatement(source, filter)}) as ${source}_part`
  })
  const rows = await many<FlatRow>(tx, branches.join('\nunion all\n'), values)
  // `piece` is the slice's number here.
  return rows.map((row) => unflatten({ ...row, piece: cover.raw[row.piece]!.piece }, parts))
}

function unflatten(row: FlatRow, parts: readonly Part[]): SumsRow {
  const sums: Sums = {}
  for (const part of parts) {
    const sum = row[part]
    if (sum !== null && sum !== undefined) sums[part] = sum
  }
  return { piece: row.piece, id: row.id, sums }
}
