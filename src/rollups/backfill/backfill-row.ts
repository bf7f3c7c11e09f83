import type { Instant } from '../../clock.ts'
import type { Actor } from '../../audit/actor.ts'
import { many, maybeOne, sql, type Queryable } from '../../db.ts'
import type { BackfillMode } from './backfill-days.ts'
import type { BackfillReport } from './backfill-report.ts'
import type { Span } from '../coverage.ts'
import { waitingForTurn } from './turns.ts'

const readSql = sql(import.meta.url, './read-backfills.sql')

export const backfillStates = [
  'queued',
  'running',
  'paused',
  'completed',
  'completed_with_errors',
  'cancelled',
  'failed',
] as const
export type BackfillState = (typeof backfillStates)[number]
/** One of an account at a time is in one of these. */
export const underWay: readonly BackfillState[] = ['queued', 'running', 'paused']

/** Wall-clock times (HH:MM) of the account's zone; over midnight where `until` is the earlier one. */
export interface OffPeak {
  from: string
  until: string
}

/** How a backfill is to go about it. */
export interface BackfillOptions {
  mode: BackfillMode
  oldestFirst: boolean
  maxHoursPerMinute: number | null
  /** When it works; null: at any time. */
  window: OffPeak | null
  /** It works while fewer older ones than this do, of whatever account; null: whatever others do. */
  concurrency: number | null
  /** Recompute and compare afterwards what was rolled. */
  verify: boolean
  /** Also where raw rows were purged: what was rolled there is erased. */
  allowErase: boolean
}

/** A backfill as it stands. Totals are 0 until it has started. */
export interface Backfill extends BackfillOptions {
  id: number
  accountId: number
  since: Instant
  until: Instant
  reason: string
  state: BackfillState
  askedBy: Actor
  /** SHA-256 of what was asked for, the reason left out. */
  askedSha256: string | null
  /** Whether somebody is told when it ends. */
  notify: boolean
  hoursDone: number
  hoursTotal: number
  daysDone: number
  daysTotal: number
  chunks: number
  /** Seconds spent on rolling, without rests and verification. */
  activeSeconds: number
  /** True once it is laid out what is rolled, and once all of that is and it may be verified. */
  settled: boolean
  rolled: boolean
  days: Span[]
  todo: Span[]
  toVerify: Span[]
  hoursNew: number
  hoursChanged: number
  hoursUnchanged: number
  /** Hours that could not be rolled, and have not been since. */
  failing: number
  report: BackfillReport | null
  createdAt: Instant
  startedAt: Instant | null
  progressedAt: Instant | null
  pausedAt: Instant | null
  finishedAt: Instant | null
  /** The next chunk waits until then, `restSeconds` from now. */
  pacedUntil: Instant | null
  restSeconds: number | null
  /** Others are at work, as many as its `concurrency` allows; it goes on by itself. */
  waitsForTurn: boolean
  error: string | null
  /** Moves with every change. */
  revision: number
}

interface Row extends Omit<Backfill, 'askedBy' | 'waitsForTurn'>, Record<string, unknown> {
  askedByKind: Actor['kind']
  askedById: number | null
}

const actorOf = (kind: Actor['kind'], id: number | null): Actor =>
  kind === 'command' || kind === 'system' ? { kind } : { kind, id: id ?? 0 }

const backfillOf = ({ askedByKind, askedById, ...row }: Row, waiting: readonly number[]): Backfill => ({
  ...row,
  askedBy: actorOf(askedByKind, askedById),
  waitsForTurn: waiting.includes(row.id),
})

interface Filter {
  /** Null: of all accounts. */
  accounts: readonly number[] | null
  id?: number
  states?: readonly BackfillState[]
}

/** Backfills, the newest first. */
export async function readBackfills(db: Queryable, { accounts, id, states }: Filter, limit = 1, offset = 0): Promise<Backfill[]> {
  const rows = await many<Row>(db, readSql, [accounts, id ?? null, states ?? null, limit, offset])
  const mayWait = rows.some(({ concurrency, state }) => concurrency !== null && underWay.includes(state))
  const waiting = mayWait ? await waitingForTurn(db) : []
  return rows.map((row) => backfillOf(row, waiting))
}

/** Whether an account has one that is under way: of such there is at most one, and an index of them. */
export async function hasBackfillUnderWay(db: Queryable, accountId: number): Promise<boolean> {
  const text = `select from tidemark.backfills where account_id = $1 and state in ('queued', 'running', 'paused')`
  return (await maybeOne(db, text, [accountId])) !== undefined
}
