import { createHash } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { requireAccount } from '../../accounts/account.ts'
import type { Actor } from '../../audit/actor.ts'
import { recordAct } from '../../audit/record.ts'
import { maybeOne, run, sql, transaction, type Client, type Pool } from '../../db.ts'
import { conflict, invalid } from '../../errors.ts'
import { unitStart } from '../../time/calendar.ts'
import { FARTHEST, type Zone } from '../../time/zone.ts'
import { bucketZone } from './backfill-days.ts'
import { optionsJson, rangeJson } from './backfill-json.ts'
import { noteWhomToTell, type ToNotify } from './backfill-ends.ts'
import { readBackfills, underWay, type Backfill, type BackfillOptions } from './backfill-row.ts'
import { purgedRefusal } from './take-raw.ts'

const insertSql = sql(import.meta.url, './insert-backfill.sql')

export interface BackfillRequest extends Partial<BackfillOptions> {
  accountId: number
  /** From when on; -Infinity for all there is. */
  since: Instant
  /** Until when; Infinity for all there is and will be. */
  until: Instant
  /** Why, for those who read the log later: 1 to 500 characters. */
  reason: string
  /** Who is told when it ends; nobody when it is left out. */
  notify?: ToNotify | null
}

/** Who asks for a backfill, and when. */
export interface Asking {
  actor: Actor
  at: Instant
  requestId?: string | null
  /** A key of the caller's, with the SHA-256 of what he asks for: the same again starts nothing more. */
  once?: { key: string; sha256: string } | undefined
  /** Checked in the transaction that starts it; throws where it must not start. */
  check?: ((tx: Client) => Promise<void>) | undefined
}

/**
 * Asks for a stretch of an account's history to be rolled, widened to whole local days. The same request again, while the
 * first is under way, is that one, so that a command that was killed goes on when it is given again; so is a request with a
 * key that has started one before. However many ask at once, one is started. `made` says whether this request did.
 * @throws Refusal 404 without such an account, 409 while another backfill of the account is under way or when the key was
 * used for another request, 422 for a wrong range, or one that names days whose raw rows are gone, as `purgedRefusal` says
 */
export async function startBackfill(
  pool: Pool,
  request: BackfillRequest,
  asking: Asking,
): Promise<{ backfill: Backfill; made: boolean }> {
  requireRange(request)
  if (request.reason.trim() === '' || request.reason.length > 500) throw invalid('Give a reason of 1 to 500 characters.')
  return transaction(pool, async (tx) => {
    await requireAccount(tx, request.accountId)
    // Requests of an account one by one: whoever comes second sees what the first has started.
    await tx.query(`select pg_advisory_xact_lock(hashtext('tidemark backfill request'), $1::int)`, [request.accountId])
    const before = asking.once && (await startedBy(tx, request.accountId, asking.once))
    if (before) return { backfill: before, made: false }
    const started = await startOrJoin(tx, request, asking)
    if (asking.once) {
      const text = `insert into tidemark.backfill_requests (account_id, request_key, request_sha256, backfill_id) values ($1, $2, $3, $4)`
      await run(tx, text, [request.accountId, asking.once.key, asking.once.sha256, started.backfill.id])
    }
    return started
  })
}

function requireRange({ since, until }: BackfillRequest): void {
  if (!(since < until)) throw invalid('The range is empty: its start must be before its end.')
  const far = [since, until].find((end) => Number.isFinite(end) && Math.abs(end) > FARTHEST)
  if (far !== undefined) throw invalid('The range reaches too far: leave an end out for all there is.')
}

/** The backfill that a key has started before. @throws Refusal (409) when the key stood for another request */
async function startedBy(tx: Client, accountId: number, { key, sha256 }: NonNullable<Asking['once']>) {
  const known = await maybeOne<{ id: number; sha256: string }>(
    tx,
    `select backfill_id as id, request_sha256 as sha256 from tidemark.backfill_requests where account_id = $1 and request_key = $2`,
    [accountId, key],
  )
  if (!known) return undefined
  if (known.sha256 !== sha256) {
    throw conflict(`This Idempotency-Key was used for another request, about backfill ${known.id}. Give a new key.`)
  }
  return (await readBackfills(tx, { accounts: [accountId], id: known.id }))[0]
}

async function startOrJoin(tx: Client, request: BackfillRequest, { actor, at, requestId = null, check }: Asking) {
  const { accountId, reason, notify = null } = request
  const zone = await bucketZone(tx, accountId)
  const asked = { ...optionsOf(request), ...widened(zone, request) }
  // What an older release does not know is left out where it is not asked for: else what that took is another request.
  const { concurrency, ...known } = asked
  const said = { ...known, ...(concurrency !== null && { concurrency }), ...(notify && { notify }) }
  const sha256 = createHash('sha256').update(JSON.stringify(said)).digest('hex')
  const [active] = await readBackfills(tx, { accounts: [accountId], states: underWay })
  if (active) return { backfill: sameOrRefused(active, asked, sha256, notify), made: false }
  await check?.(tx)
  const refusal = await purgedRefusal(tx, accountId, asked)
  if (refusal !== undefined) throw invalid(refusal)
  const id = await insert(tx, accountId, reason.trim(), asked, actor, sha256)
  if (id === undefined) throw conflict(`Another backfill of account ${accountId} has just begun. Try again.`)
  if (notify) await noteWhomToTell(tx, accountId, id, notify)
  const [backfill] = await readBackfills(tx, { accounts: [accountId], id })
  const after = { ...rangeJson(asked), ...optionsJson(asked), ...(notify && { notify: true }) }
  await recordAct(tx, { actor, accountId, at, action: 'backfill.start', subjectId: id, reason: reason.trim(), after, requestId })
  return { backfill: backfill!, made: true }
}

/** How a request is to be gone about, with what it leaves out. */
export const optionsOf = (request: Partial<BackfillOptions>): BackfillOptions => ({
  mode: request.mode ?? 'all',
  oldestFirst: request.oldestFirst ?? false,
  maxHoursPerMinute: request.maxHoursPerMinute ?? null,
  window: request.window ? { from: request.window.from, until: request.window.until } : null,
  concurrency: request.concurrency ?? null,
  verify: request.verify ?? false,
  allowErase: request.allowErase ?? false,
})

/** Days, so that "the last seven days" are the same request a minute later. */
const widened = (zone: Zone, { since, until }: BackfillRequest) => ({
  since: since === -Infinity ? since : unitStart(zone, since, 'day'),
  until: until === Infinity ? until : unitStart(zone, until - 1, 'day', 1),
})

type Asked = BackfillOptions & { since: Instant; until: Instant }

function sameOrRefused(active: Backfill, { since, until }: Asked, sha256: string, notify: ToNotify | null): Backfill {
  const { id, accountId, state, hoursDone, hoursTotal } = active
  // One that Tidemark began by itself, or an older release, tells its range only; and nobody when it ends.
  const isSame =
    active.askedSha256 === null ? !notify && active.since === since && active.until === until : active.askedSha256 === sha256
  if (isSame) return active
  throw conflict(
    `Backfill ${id} of account ${accountId} is ${state === 'paused' ? 'paused' : 'under way'} (${hoursDone} of ${hoursTotal} hours). Wait for it, or cancel it.`,
  )
}

async function insert(tx: Client, accountId: number, reason: string, asked: Asked, actor: Actor, sha256: string) {
  const { since, until, mode, oldestFirst, maxHoursPerMinute, window, concurrency, verify, allowErase } = asked
  const row = await maybeOne<{ id: number }>(tx, insertSql, [
    accountId,
    since,
    until,
    reason,
    mode,
    oldestFirst,
    maxHoursPerMinute,
    window && JSON.stringify(window),
    concurrency,
    verify,
    allowErase,
    actor.kind,
    'id' in actor ? actor.id : null,
    sha256,
  ])
  return row?.id
}
