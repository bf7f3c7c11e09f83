import { z } from 'zod'
import type { Instant } from '../../clock.ts'
import { line } from '../../digests/definition/definition.ts'
import { invalid } from '../../errors.ts'
import { bucketZone } from '../../rollups/backfill/backfill-days.ts'
import type { Span } from '../../rollups/coverage.ts'
import { mismatchesOf } from '../../rollups/verify/mismatches.ts'
import { verifiedShareOf } from '../../rollups/verify/verified-days.ts'
import { mismatchJson, verificationJson, verifiedShareJson } from '../../rollups/verify/verify-json.ts'
import { verifyRollups } from '../../rollups/verify/verify.ts'
import { instantFrom } from '../../time/instant-text.ts'
import { DAY, type Zone } from '../../time/zone.ts'
import type { RouteFamily } from '../app.ts'
import { listShape, pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf } from '../v1/parameters.ts'
import { bodyProblems, problems } from '../v1/problems.ts'
import { requireAdministered, requireChange } from './administrator.ts'
import { accountParameter, askedAccounts } from './asked-accounts.ts'
import { differencesFor } from './verify-answer.ts'
import { mismatchShape, verificationShape, verifiedShare } from './verify-shapes.ts'

const tags = ['Administration']
/** Days recomputed while somebody waits: some seconds on a busy account. */
const DAYS_MAX = 31

const shares = {
  tags,
  summary: 'How much of the rollups of your accounts is verified, and how old the oldest verification is',
  querystring: queryOf({ account_id: accountParameter.optional(), ...pageParameters }),
  response: { 200: z.object({ ...listShape, accounts: z.array(verifiedShare) }), ...problems },
}

const mismatches = {
  tags,
  summary: 'Rolled rows that were found to be wrong, the newest first',
  querystring: queryOf({
    account_id: accountParameter.optional(),
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, 'must be a number from 1 to 100')
      .optional()
      .meta({ description: 'Mismatches at most; 25 without.', example: '25' }),
    before: z
      .string()
      .regex(/^\d{1,15}$/, 'must be an id, a whole number')
      .optional()
      .meta({ description: 'Only those with a lower id: `next` of the page before.', example: '1000' }),
  }),
  response: {
    200: z.object({
      mismatches: z.array(mismatchShape),
      next: z.int().nullable().meta({ description: 'The `before` of the next page; null: there is none.' }),
    }),
    ...problems,
  },
}

const moment = z.string({ error: 'must be a text such as 2026-03-02' }).max(40).meta({
  description:
    'A local date (its start) or an ISO time with an offset; widened to whole days. Of the zone whose days the grid shows.',
  example: '2026-03-02',
})

const verify = {
  tags,
  summary: 'Recompute some days of an account from the raw rows and compare; mend what differs if asked to',
  body: z.strictObject({
    account_id: z.int().positive(),
    since: moment,
    until: moment,
    repair: z.boolean().default(false).meta({ description: 'Make anew what differs.' }),
    reason: line(500).nullable().default(null).meta({ description: 'Why it is repaired, for those who read the log.' }),
  }),
  response: { 200: verificationShape, ...bodyProblems },
}

/** `/rollups/verify` and `/rollups/mismatches`: whether rollups are right, and what was not. */
export const verifyRoutes: RouteFamily = (app, { pool, clock, recompute }) => {
  app.get('/rollups/verify', { schema: shares }, async ({ query, administrator }) => {
    const accounts = askedAccounts(administrator, query.account_id)
    const { page, perPage } = pageIn(query)
    const shown = await verifiedShareOf(pool, accounts.slice((page - 1) * perPage, page * perPage))
    return {
      total_count: accounts.length,
      page,
      per_page: perPage,
      accounts: shown.map((share) => verifiedShareJson(share, clock())),
    }
  })

  app.get('/rollups/mismatches', { schema: mismatches }, async ({ query, administrator }) => {
    const accounts = askedAccounts(administrator, query.account_id)
    const limit = Number(query.limit ?? '25')
    const before = query.before === undefined ? undefined : Number(query.before)
    const found = await mismatchesOf(pool, accounts, { before, limit: limit + 1 })
    const shown = found.slice(0, limit)
    return {
      mismatches: differencesFor(administrator, shown.map(mismatchJson)),
      next: found.length > limit ? shown.at(-1)!.id : null,
    }
  })

  app.post('/rollups/verify', { schema: verify }, async ({ body, administrator, id: requestId }) => {
    const { account_id: accountId, repair, reason } = body
    requireAdministered(administrator, accountId)
    if (repair) requireChange(administrator)
    const zone = await bucketZone(pool, accountId)
    const range = rangeOf(body, zone, clock())
    const options = { repair, actor: administrator.actor, reason, requestId, now: clock() }
    const verified = await recompute(accountId, () => verifyRollups(pool, accountId, range, options))
    const told = verificationJson(accountId, verified)
    return { ...told, differences: differencesFor(administrator, told.differences) }
  })
}

/** @throws Refusal (422) for an empty range or one that takes too long while somebody waits */
function rangeOf({ account_id: accountId, since, until: last }: z.infer<typeof verify.body>, zone: Zone, now: Instant): Span {
  const [from, until] = [instantFrom(since, zone, now), instantFrom(last, zone, now)]
  if (!(from < until)) throw invalid('The range is empty: since must be before until.')
  // A month of a zone whose clocks go back is an hour longer.
  if (until - from > (DAYS_MAX + 1) * DAY - 1)
    throw invalid(
      `At most ${DAYS_MAX} days are verified at once here. Narrow the range, or run \`tidemark rollup verify --account ${accountId}\`; ` +
        'all days come by in turn by themselves.',
    )
  return { from, until }
}
