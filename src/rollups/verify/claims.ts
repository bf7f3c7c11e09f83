import type { Instant } from '../../clock.ts'
import { many, run, sql, type Client } from '../../db.ts'
import { unitStart } from '../../time/calendar.ts'
import { HOUR } from '../../time/zone.ts'
import { hasBackfillUnderWay } from '../backfill/backfill-row.ts'
import { coverageOf, lockRolls, type Coverage } from '../coverage.ts'
import type { Difference } from './differences.ts'
import { recordMismatches } from './mismatches.ts'
import { mergeEnded } from '../rolling/roll.ts'
import { bucketTables, fill } from '../rolling/statements.ts'

const uncoveredRows = fill(sql(import.meta.url, './uncovered-rows.sql'), {
  tables: bucketTables
    .map((table) => {
      const [dimension, id, keyed] = table.startsWith('tagged')
        ? ['1', 'r.inbox_id', '']
        : ['r.dimension', 'r.dimension_id', `and r.dimension = any ('{0,1,2,3,4}')`]
      return `(select '${table}' as "table", r.ctid::text as place, extract(epoch from r.bucket)::float8 as bucket,
        ${dimension}::smallint as dimension, ${id} as "dimensionId",
        to_jsonb(r) - '{account_id,bucket,dimension,dimension_id,inbox_id}'::text[] as stored
      from tidemark.${table} r
      where r.account_id = $1 and r.bucket >= lower(g.span) and r.bucket < upper(g.span) ${keyed} limit 1000)`
    })
    .join('\n  union all\n  '),
})

type UncoveredRow = Omit<Difference, 'recomputed'> & { place: string }

/**
 * Sets right what an account claims: up to when days and months have rows, and that there are none where nothing is rolled.
 * Gives days that have ended their rows on the way, of an account too quiet for a roll to do so. Returns what was wrong.
 */
export async function mendClaims(tx: Client, accountId: number, now: Instant): Promise<Difference[]> {
  await lockRolls(tx, accountId)
  const coverage = await coverageOf(tx, accountId)
  if (!coverage || coverage.covered.length === 0) return []
  const wrong = [...(await mendMerged(tx, accountId, coverage, now)), ...(await removeUncovered(tx, accountId))]
  await recordMismatches(tx, accountId, wrong, now)
  const mended = await coverageOf(tx, accountId)
  if (mended) await mergeEnded(tx, accountId, mended, unitStart(mended.zone, now, 'day'))
  return wrong
}

/**
 * A day that has not ended, or none at all, must not be said to have rows. An hour's grace, as clocks of machines differ: one
 * may see the day end before another.
 */
async function mendMerged(tx: Client, accountId: number, { zone, mergedThrough }: Coverage, now: Instant): Promise<Difference[]> {
  const latest = unitStart(zone, now + HOUR, 'day')
  const right = Math.min(unitStart(zone, mergedThrough, 'day'), latest)
  if (right === mergedThrough) return []
  await run(tx, 'update tidemark.accounts set merged_through = to_timestamp($2) where account_id = $1', [accountId, right])
  const said = (at: Instant) => ({ merged_through: at })
  const row = { table: 'accounts', bucket: mergedThrough, dimension: 0, dimensionId: accountId }
  return [{ ...row, stored: said(mergedThrough), recomputed: said(right) }]
}

/** While a backfill is under way rows may be left over from before it was asked for: it replaces them. */
async function removeUncovered(tx: Client, accountId: number): Promise<Difference[]> {
  if (await hasBackfillUnderWay(tx, accountId)) return []
  const rows = await many<UncoveredRow & Record<string, unknown>>(tx, uncoveredRows, [accountId])
  for (const table of new Set(rows.map((row) => row.table))) {
    const places = rows.filter((row) => row.table === table).map((row) => row.place)
    await run(tx, `delete from tidemark.${table} where account_id = $1 and ctid = any ($2::tid[])`, [accountId, places])
  }
  return rows.map(({ table, bucket, dimension, dimensionId, stored }) => {
    return { table, bucket, dimension, dimensionId, stored, recomputed: null }
  })
}
