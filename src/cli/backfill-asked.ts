import { backfillFrom, keyOf, requestKey, requestOf, sha256OfBody, type BackfillBody } from '../admin/backfill-request.ts'
import { planCheck } from '../admin/backfill-plan.ts'
import { addressToTell } from '../admin/whom-to-tell.ts'
import { COMMAND } from '../audit/actor.ts'
import { now } from '../clock.ts'
import type { Pool } from '../db.ts'
import { invalid, Refusal } from '../errors.ts'
import type { Backfill } from '../rollups/backfill/backfill-row.ts'
import type { RequestKey } from '../rollups/backfill/request-key.ts'
import { startBackfill } from '../rollups/backfill/start-backfill.ts'
import { idsOf, type NamedAccounts, type Outcome } from './each-account.ts'

/** What a command line asks for that plans or starts backfills. */
export interface AskedOptions {
  account: NamedAccounts
  since?: string
  until?: string
  mode: string
  order: string
  maxHoursPerMinute?: number
  window?: string
  concurrency?: number
  verify: boolean
  allowErase?: boolean
  reason?: string
  notify?: string
  plan?: string
  key?: string
  diff?: number | 'all'
  yes?: boolean
}

/** The same body as over HTTP, for one of the accounts. @throws Refusal (422) that says what is wrong */
export function bodyOf(options: AskedOptions, accountId: number, dryRun: boolean): BackfillBody {
  const [from, until, ...more] = options.window?.split('-') ?? []
  if (more.length > 0) throw invalid('Give a window as two times: --window 22:00-06:00.')
  return backfillFrom({
    account_id: accountId,
    since: options.since ?? null,
    until: options.until ?? null,
    mode: options.mode,
    order: options.order,
    max_hours_per_minute: options.maxHoursPerMinute ?? null,
    window: from === undefined ? null : { from, until: until ?? '' },
    concurrency: options.concurrency ?? null,
    verify: options.verify,
    allow_erase: options.allowErase ?? false,
    reason: options.reason ?? null,
    notify: options.notify !== undefined,
    dry_run: dryRun,
    plan: options.plan ?? null,
    diff: options.diff ?? 0,
  })
}

/** The accounts that are asked for. @throws Refusal (422) for what is wrong whichever account it is for */
export async function askedAccounts(pool: Pool, options: AskedOptions, dryRun: boolean): Promise<Outcome<undefined>[]> {
  const { account, plan, key } = options
  if (account.isList && plan !== undefined) throw invalid('A plan is of one account: name that alone, or leave --plan out.')
  requireKey(key)
  const ids = await idsOf(pool, account)
  await requestOf(pool, bodyOf(options, ids[0]!, dryRun), now())
  if (!dryRun && !options.yes) {
    const which = account.isList ? `${ids.length} accounts` : `account ${ids[0]}`
    throw new Refusal('unconfirmed', `This rolls ${which} anew; reports stay exact meanwhile. Confirm with --yes.`)
  }
  return ids.map((accountId) => ({ accountId, done: undefined }))
}

/** Starts the backfill of one account. @throws Refusal as `startBackfill`, and where nobody could be told of its end */
export async function started(pool: Pool, options: AskedOptions, accountId: number): Promise<Backfill> {
  const body = bodyOf(options, accountId, false)
  const notify = options.notify === undefined ? null : await addressToTell(pool, accountId, options.notify)
  const request = { ...(await requestOf(pool, body, now())), notify }
  const check = planCheck(request, options.plan ?? null, now())
  const once = givenKey(options.key, sha256OfBody({ ...body, notify: options.notify ?? false }))
  return (await startBackfill(pool, request, { actor: COMMAND, at: now(), check, once })).backfill
}

/** The key of a command, with what it asks for. @throws Refusal (422) for a text that is none */
export function givenKey(given: string | undefined, sha256: string): RequestKey | undefined {
  requireKey(given)
  return keyOf(COMMAND, given, sha256)
}

function requireKey(given: string | undefined): void {
  const { error } = requestKey.optional().safeParse(given)
  if (error) throw invalid(`--key ${error.issues[0]!.message}.`)
}
