import type { Instant } from '../../clock.ts'
import { accountZone } from '../../accounts/zone.ts'
import { isFaultOfRows, run, sql, type Client } from '../../db.ts'
import { added, beforeRoll, together, type ChunkFigures } from './backfill-figures.ts'
import { leaveToLog, triedHours } from './failed-hours.ts'
import { evenDays } from './backfill-pace.ts'
import { claim, daysDone, hoursIn, nextChunk, settle, type Claim, type Work } from './backfill-work.ts'
import { takeRawFrom } from './take-raw.ts'
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
  const days = nextChunk(before, work.todo, held.oldestFirst, Math.min(options.days, evenDays(held.maxHoursPerMinute)))
  const hours = hoursIn(before.zone, days)
  const chunk = joined(days)
  await takeMarks(tx, accountId, chunk)
  await reachInto(tx, accountId, before, chunk, work)
  for (const span of chunk) await addCovered(tx, accountId, opened(span, work))
  // Covered first: a month gets its rows with the chunk that completes it.
  const coverage = (await coverageOf(tx, accountId)) ?? before
  const rolling = { accountId, id, coverage, known: before.covered, tried: await triedHours(tx, accountId, id, chunk) }
  const figures = options.oneByOne ? await rollOneByOne(tx, rolling, hours) : await rollCompared(tx, rolling, hours)
  const todo = without(work.todo, chunk)
  const done = { hours: hours.length, days: daysDone(before.zone, days, todo) }
  await store(tx, [accountId, id], held, { ...work, todo }, done, figures)
  return todo.length > 0 ? 'more' : 'through'
}

/** Has raw rows begin with the chunk, where it may roll what was purged; what is older stays final until its own chunk. */
async function reachInto(tx: Client, accountId: number, before: Coverage, chunk: readonly Span[], work: Work): Promise<void> {
  const { raw, hourly, daily } = before.kept
  const [first] = chunk
  if (!first || first.from >= raw) return
  // Where rows by the hour or day are gone too, some may be left by the month from before.
  const isAll = opened(first, work).from === -Infinity && hourly === -Infinity && daily === -Infinity
  await takeRawFrom(tx, accountId, before, isAll ? -Infinity : first.from)
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

/** What the hours of a chunk are rolled with. */
interface Rolling {
  accountId: number
  id: number
  coverage: Coverage
  /** What was rolled before the chunk. */
  known: readonly Span[]
  /** Hours that the backfill has tried before: they are counted at the end, by what they held before the first time. */
  tried: ReadonlySet<Instant>
}

async function rollCompared(tx: Client, { accountId, coverage, known, tried }: Rolling, hours: Span[]): Promise<ChunkFigures> {
  const counted = hours.filter(({ from }) => !tried.has(from))
  const compare = await beforeRoll(tx, accountId, known, counted)
  await rollHours(tx, accountId, coverage, hours)
  return compare()
}

async function rollOneByOne(tx: Client, rolling: Rolling, hours: readonly Span[]): Promise<ChunkFigures> {
  const figures: ChunkFigures[] = []
  for (const hour of hours) {
    await tx.query('savepoint hour')
    try {
      figures.push(await rollCompared(tx, rolling, [hour]))
      await tx.query('release savepoint hour')
    } catch (error) {
      if (!isFaultOfRows(error)) throw error
      await tx.query('rollback to savepoint hour')
      await leaveToLog(tx, rolling, hour, faultText(error))
    }
  }
  return together(figures)
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
