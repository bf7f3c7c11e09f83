import type { Instant } from '../../clock.ts'
import { many, maybeOne, one, sql, type Queryable } from '../../db.ts'
import { DAY } from '../../time/zone.ts'
import { zoneNamed } from '../../time/zones.ts'
import { digestsOf, type Digest } from './digest.ts'
import { isoOf } from '../../time/local-text.ts'
import { nextDue, type NextDue } from '../schedule/next-due.ts'
import type { SlotState } from '../delivery/history.ts'
import { standstillsOf } from '../delivery/standstill.ts'

const findSql = sql(import.meta.url, './find-digests.sql')
const standingsSql = sql(import.meta.url, './standings.sql')

/** No period that is still to come ended longer ago: the longest unit is a month. */
const LONGEST_UNIT = 62 * DAY

/** How a digest fares, the gravest first: of several only one is told. `standstill`: its mail waits for the mail server. */
export const healths = ['paused', 'no_recipients', 'standstill', 'failing', 'partial', 'owner_missing', 'ended', 'ok'] as const
export type Health = (typeof healths)[number]

/** What came of the last period. */
export interface LastResult {
  period: { first_date: string; last_date: string }
  due_at: string
  state: SlotState
  /** When it came to that. */
  at: string
  note: string | null
  /** How many mails of it are in which state. */
  deliveries: Record<string, number>
}

/** What is told of a digest besides its definition. */
export interface Standing {
  /** Null: nobody answers for it. Who is no member has left the account. */
  owner: { id: number; name: string | null; member: boolean } | null
  recipients_count: number
  /** Users who have left the account, or have no address. */
  unreachable_count: number
  health: Health
  last_result: LastResult | null
  next_due: NextDue[]
}

interface Row extends Pick<Standing, 'owner'> {
  id: number
  recipients: number
  unreachable: number
  firstDate: string | null
  lastDate: string
  state: SlotState
  note: string | null
  failures: number
  due: Instant
  at: Instant
  deliveries: Record<string, number>
  planned: string[]
}

export interface Search {
  /** Part of a name, an owner or a recipient; empty for all. */
  text: string
  page: number
  perPage: number
}

/** A page of the digests of an account, by name, and how many there are in all. */
export async function findDigests(
  db: Queryable,
  accountId: number,
  { text, page, perPage }: Search,
): Promise<{ digests: Digest[]; total: number }> {
  const values = [accountId, text, perPage, (page - 1) * perPage]
  const { ids, total } = await one<{ ids: number[]; total: number }>(db, findSql, values)
  const digests = new Map((await digestsOf(db, accountId, ids)).map((digest) => [digest.id, digest]))
  return { digests: ids.flatMap((id) => digests.get(id) ?? []), total }
}

/** How digests of one account stand, in their order. */
export async function standingsOf(db: Queryable, digests: readonly Digest[], now: Instant): Promise<Standing[]> {
  const [first] = digests
  if (!first) return []
  const since = isoOf(now - LONGEST_UNIT).slice(0, 10)
  const rows = await many<Row & Record<string, unknown>>(db, standingsSql, [first.accountId, digests.map(({ id }) => id), since])
  const known = new Map(rows.map((row) => [row.id, row]))
  const waiting = new Set((await standstillsOf(db, first.accountId, now)).map(({ digestId }) => digestId))
  const standings = await Promise.all(digests.map(async (digest) => standingOf(db, digest, known.get(digest.id), now)))
  return standings.map((standing, i) => {
    const graver = ['paused', 'no_recipients'].includes(standing.health)
    return waiting.has(digests[i]!.id) && !graver ? { ...standing, health: 'standstill' } : standing
  })
}

async function standingOf(db: Queryable, digest: Digest, row: Row | undefined, now: Instant): Promise<Standing> {
  const next_due = nextDue(digest, await zoneNamed(db, digest.zone), Math.max(now, digest.plannedUntil), row?.planned)
  return {
    owner: row?.owner ?? null,
    recipients_count: row?.recipients ?? 0,
    unreachable_count: row?.unreachable ?? 0,
    health: healthOf(digest, row, next_due),
    last_result: row ? resultOf(row) : null,
    next_due,
  }
}

function resultOf({ firstDate, lastDate, due, state, at, note, deliveries }: Row): LastResult | null {
  if (firstDate === null) return null
  return {
    period: { first_date: firstDate, last_date: lastDate },
    due_at: isoOf(due),
    state,
    at: isoOf(at),
    note,
    deliveries,
  }
}

function healthOf(digest: Digest, row: Row | undefined, next: NextDue[]): Health {
  if (digest.paused) return 'paused'
  if (!row || row.recipients === 0) return 'no_recipients'
  const { refused = 0, uncertain = 0, sent = 0, written = 0 } = row.deliveries
  const failed = refused + uncertain
  if (row.state === 'missed' || row.state === 'held' || row.failures > 0 || (failed > 0 && sent + written === 0)) return 'failing'
  if (failed > 0) return 'partial'
  if (row.owner === null || !row.owner.member) return 'owner_missing'
  return next.length === 0 ? 'ended' : 'ok'
}

/** True for a user of the account. */
export async function isMember(db: Queryable, accountId: number, userId: number): Promise<boolean> {
  const text = 'select true as member from account_users where account_id = $1 and user_id = $2 limit 1'
  return (await maybeOne(db, text, [accountId, userId])) !== undefined
}
