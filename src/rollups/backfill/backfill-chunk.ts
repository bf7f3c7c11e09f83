import type { Instant } from '../../clock.ts'
import { accountZone } from '../../accounts/zone.ts'
import { isFaultOfRows, run, sql, type Client } from '../../db.ts'
import { beforeRoll, added, type ChunkFigures } from './backfill-figures.ts'
import { evenDays } from './backfill-pace.ts'
import { claim, hoursIn, nextDays, settle, type Claim, type Work } from './backfill-work.ts'
import { addCovered, coverageOf, ensureCoverage, lockRolls, type Coverage, type Span } from '../coverage.ts'
import { faultText } from '../rolling/fault-text.ts'
import { rollHours } from '../rolling/roll.ts'
import { bounds, joined, without } from '../spans.ts'

const storeSql = sql(import.meta.url, './store-chunk.sql')

export interface ChunkOptions {
  /** Whole local days that it may have. */
  days: number
  now: Instant
  /** Hour by hour: one that cannot be rolled is left to the dirty log, and holds up no other. */
  oneByOne?: boolean
}

/**
 * Rolls the next chunk of a backfill: its rows, the covered stretch and the mark of how far it got commit together. `none`:
 * the backfill is not to be worked on; `through`: nothing is left to be rolled.
 */
export async function rollChunk(
  tx: Client,
  accountId: number,
  id: number,
  options: ChunkOptions,
): Promise<'none' | 'more' | 'through'> {
  // The lock before the backfill's row: whoever moves the account to another zone takes them in that order, too.
  await lockRolls(tx, accountId)
  const held = await claim(tx, accountId, id)
  if (!held) return 'none'
  const before = await ensureCoverage(tx, accountId, await accountZone(tx, accountId), options.now)
  const work = await settle(tx, accountId, before, held, options.now)
  const days = nextDays(before.zone, work.todo, held.oldestFirst, Math.min(options.days, evenDays(held.maxHoursPerMinute)))
  const hours = hoursIn(before.zone, days)
  const chunk = joined(days)
  await takeMarks(tx, accountId, chunk)
  const compare = await beforeRoll(tx, accountId, before.covered, hours)
  for (const span of chunk) await addCovered(tx, accountId, opened(span, work))
  // Covered first: a month gets its rows with the chunk that completes it.
  const coverage = (await coverageOf(tx, accountId)) ?? before
  if (options.oneByOne) await rollOneByOne(tx, accountId, id, coverage, hours)
  else await rollHours(tx, accountId, coverage, hours)
  const todo = without(work.todo, chunk)
  await store(tx, [accountId, id], held, { ...work, todo }, { hours: hours.length, days: days.length }, await compare())
  return todo.length > 0 ? 'more' : 'through'
}

/** Only the chunk's own hours: a row that commits beyond them right now keeps its mark. */
async function takeMarks(tx: Client, accountId: number, chunk: readonly Span[]): Promise<void> {
  for (const { from, until } of chunk) {
    await run(
      tx,
      `delete from tidemark.dirty_hours where account_id = $1 and hour >= to_timestamp($2) and hour < to_timestamp($3)`,
      [accountId, from, until],
    )
  }
}

/** At the ends of history a stretch reaches to infinity: nothing is there now, and what comes later leaves a mark. */
const opened = ({ from, until }: Span, { stretch }: Work): Span => ({
  from: stretch.isFirst && from <= stretch.from ? -Infinity : from,
  until: stretch.isLast && until >= stretch.until ? Infinity : until,
})

async function rollOneByOne(
  tx: Client,
  accountId: number,
  id: number,
  coverage: Coverage,
  hours: readonly Span[],
): Promise<void> {
  for (const hour of hours) {
    await tx.query('savepoint hour')
    try {
      await rollHours(tx, accountId, coverage, [hour])
      await tx.query('release savepoint hour')
    } catch (error) {
      if (!isFaultOfRows(error)) throw error
      await tx.query('rollback to savepoint hour')
      await leaveToLog(tx, accountId, id, hour, faultText(error))
    }
  }
}

/** Reports read the hour from raw rows until the dirty log's next try succeeds. */
async function leaveToLog(tx: Client, accountId: number, id: number, hour: Span, error: string): Promise<void> {
  await run(
    tx,
    `insert into tidemark.dirty_hours (account_id, hour, failures, retry_at, error)
     values ($1, to_timestamp($2), 1, now() + interval '10 seconds', $3)`,
    [accountId, hour.from, error],
  )
  await run(
    tx,
    `insert into tidemark.backfill_errors (account_id, backfill_id, hour, error, failed_at)
     values ($1, $2, to_timestamp($3), $4, clock_timestamp())
     on conflict (account_id, backfill_id, hour) do update set error = excluded.error`,
    [accountId, id, hour.from, error],
  )
}

async function store(
  tx: Client,
  [accountId, id]: [number, number],
  held: Claim,
  work: Work,
  done: { hours: number; days: number },
  figures: ChunkFigures,
): Promise<void> {
  await run(tx, storeSql, [
    accountId,
    id,
    done.hours,
    done.days,
    work.hoursTotal,
    work.daysTotal,
    figures.hoursNew,
    figures.hoursChanged,
    figures.hoursUnchanged,
    JSON.stringify(added(held.before, figures.before)),
    JSON.stringify(added(held.after, figures.after)),
    JSON.stringify(added(held.fresh, figures.fresh)),
    work.stretch.from,
    work.stretch.until,
    ...bounds(work.days),
    ...bounds(work.todo),
    ...bounds(figures.changed),
  ])
}
