import { createHash } from 'node:crypto'
import type { Instant } from '../../clock.ts'
import { maybeOne, type Queryable } from '../../db.ts'
import { conflict, invalid } from '../../errors.ts'
import { readToken, signToken } from '../../signing.ts'
import { unitStart } from '../../time/calendar.ts'
import { DAY, type Zone } from '../../time/zone.ts'
import { backfillModes } from './backfill-days.ts'
import type { BackfillOptions } from './backfill-row.ts'
import { DEFINITIONS } from '../definitions/definitions.ts'

/** What a plan was made for: a range of whole local days of an account, with open ends where all there is was asked for. */
export interface Planned extends BackfillOptions {
  accountId: number
  since: Instant
  until: Instant
}

/** A plan that somebody hands back to have it started. */
export interface PlanText {
  planned: Planned
  madeAt: Instant
  fingerprint: string
}

/** Range and options in the form in which two requests are the same: widened to the whole local days that are rolled. */
export const plannedOf = (zone: Zone, { since, until, ...request }: Planned): Planned => ({
  ...request,
  since: Number.isFinite(since) ? unitStart(zone, since, 'day') : since,
  until: Number.isFinite(until) ? unitStart(zone, until - 1, 'day', 1) : until,
})

const NONE = 'none'
const endText = (at: Instant) => (Number.isFinite(at) ? String(at) : NONE)

/** The text that stands for a plan. Nobody can make or change one without the key of this installation. */
export function writePlan(planned: Planned, madeAt: Instant, fingerprint: string): string {
  const { accountId, since, until, mode, oldestFirst, maxHoursPerMinute, window, concurrency, verify, allowErase } = planned
  const clock = (time: string) => time.replace(':', '')
  return signToken('plan', [
    accountId,
    endText(since),
    endText(until),
    mode,
    oldestFirst ? 'oldest' : 'newest',
    maxHoursPerMinute ?? NONE,
    window ? `${clock(window.from)}-${clock(window.until)}` : NONE,
    Number(verify),
    Number(allowErase),
    Math.floor(madeAt),
    fingerprint,
    // Last, and only where it is asked for: a plan of an older release stays one.
    ...(concurrency === null ? [] : [concurrency]),
  ])
}

/** What a plan says. @throws Refusal (422) for a text that is no plan of this installation */
export function readPlan(text: string): PlanText {
  const fields = readToken('plan', text)
  const [account, since, until, named, order, limit, window, verify, allowErase, madeAt, fingerprint, concurrency] = fields ?? []
  const mode = backfillModes.find((one) => one === named)
  if (mode === undefined || fingerprint === undefined) throw invalid('The plan is none that was made here. Plan again.')
  const [, from, to] = /^(\d{4})-(\d{4})$/.exec(window!) ?? []
  const clock = (digits: string) => `${digits.slice(0, 2)}:${digits.slice(2)}`
  return {
    planned: {
      accountId: Number(account),
      since: since === NONE ? -Infinity : Number(since),
      until: until === NONE ? Infinity : Number(until),
      mode,
      oldestFirst: order === 'oldest',
      maxHoursPerMinute: limit === NONE ? null : Number(limit),
      window: from === undefined || to === undefined ? null : { from: clock(from), until: clock(to) },
      concurrency: concurrency === undefined ? null : Number(concurrency),
      verify: verify === '1',
      allowErase: allowErase === '1',
    },
    madeAt: Number(madeAt),
    fingerprint,
  }
}

/** A fingerprint of what a plan is made from: what of an account is rolled, in which zone and by which definitions, and what was purged. */
export async function coverageFingerprint(db: Queryable, accountId: number): Promise<string> {
  const row = await maybeOne<{ known: string }>(
    db,
    `select concat_ws(' ', rolled_zone, rolled_rules, covered, outdated, definitions, extract(epoch from raw_since)) as known
     from tidemark.accounts where account_id = $1`,
    [accountId],
  )
  return createHash('sha256')
    .update(`${DEFINITIONS} ${row?.known ?? ''}`)
    .digest('hex')
    .slice(0, 32)
}

/** True while a plan is not older than a day, and what it was made from is as it was. */
export async function planIsCurrent(db: Queryable, { planned, madeAt, fingerprint }: PlanText, now: Instant): Promise<boolean> {
  return madeAt > now - DAY && fingerprint === (await coverageFingerprint(db, planned.accountId))
}

/**
 * Makes sure that a plan may be started: it was made here, for this very request, and is current. Asked in the transaction
 * that starts it.
 * @param zone whose days are rolled
 * @throws Refusal 422 for another text or another request, 409 when it must be planned again
 */
export async function requireCurrentPlan(db: Queryable, text: string, request: Planned, zone: Zone, now: Instant): Promise<void> {
  const plan = readPlan(text)
  const same = writePlan(plannedOf(zone, request), plan.madeAt, plan.fingerprint) === text
  if (!same) throw invalid('The plan is for another account, range or options than this request. Plan again, or leave it out.')
  if (await planIsCurrent(db, plan, now)) return
  throw conflict('The plan is older than a day, or what is rolled of the account has changed since. Plan again.')
}
