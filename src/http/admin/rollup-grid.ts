import { z } from 'zod'
import type { Instant } from '../../clock.ts'
import type { Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import { bucketZone } from '../../rollups/backfill/backfill-days.ts'
import { ACCOUNTS_DAYS_MAX, ACCOUNTS_DAYS_USUAL, ACCOUNTS_PAGE_MAX, accountsGrid } from '../../rollups/freshness/accounts-grid.ts'
import { accountsGridJson, ledgerJson } from '../../rollups/freshness/ledger-json.ts'
import { GRID_DAYS_MAX, GRID_ZOOMED_MAX, ledgerOf } from '../../rollups/freshness/ledger.ts'
import { instantFrom } from '../../time/instant-text.ts'
import { DAY } from '../../time/zone.ts'
import type { RouteFamily } from '../app.ts'
import { text } from '../request.ts'
import { pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf, word } from '../v1/parameters.ts'
import { problems } from '../v1/problems.ts'
import type { Administrator } from './administrator.ts'
import { accountParameter, askedAccounts } from './asked-accounts.ts'
import { accountsGridShape, gridShape } from './rollup-shapes.ts'

/** Days that the grid of an account has when no range is given. */
const USUAL_DAYS = 90

const moment = (what: string, example: string) =>
  text.optional().meta({
    description: `${what}: a local date, an ISO time with an offset, Unix seconds, or days back (\`-7d\`).`,
    example,
  })

const query = queryOf({
  account_id: accountParameter.optional().meta({
    description: 'One of your accounts; without, all of them, a row of days each.',
    example: '1',
  }),
  since: moment(
    `First day; ${USUAL_DAYS} days before the end without, of all accounts the last ${ACCOUNTS_DAYS_USUAL} days. A date is one of each account’s own calendar`,
    '2026-03-01',
  ),
  until: moment('End of the range, widened to a whole day and cut at the end of today; now without', '2026-05-10'),
  zoom: word(['days', 'hours'])
    .optional()
    .meta({
      description: `\`hours\`, of one account, also gives every hour of at most ${GRID_ZOOMED_MAX} days; else at most ${GRID_DAYS_MAX} days of one account, ${ACCOUNTS_DAYS_MAX} of all.`,
      example: 'days',
    }),
  page: pageParameters.page.meta({ description: 'Which page of the accounts.', example: '1' }),
  per_page: z
    .string()
    .regex(/^([1-9]|[1-4]\d|50)$/, `must be a number from 1 to ${ACCOUNTS_PAGE_MAX}`)
    .optional()
    .meta({ description: 'Accounts on a page.', example: '25' }),
})
type Query = z.infer<typeof query>

const grid = {
  tags: ['Administration'],
  summary: 'The state of every bucket of an account, by local days or by hours, or of the days of all of your accounts',
  querystring: query,
  response: {
    200: z
      .union([gridShape, accountsGridShape])
      .meta({ description: 'The days of the account; without `account_id` a page of accounts, each with its days.' }),
    ...problems,
  },
}

/** `/rollups/grid`: how every bucket of one account stands, or every day of many. */
export const gridRoutes: RouteFamily = (app, { pool, clock }) => {
  app.get('/rollups/grid', { schema: grid }, async ({ query: asked, administrator }) =>
    asked.account_id === undefined
      ? ofAccounts(pool, administrator, asked, clock())
      : ofAccount(pool, askedAccounts(administrator, asked.account_id)[0]!, asked, clock()),
  )
}

async function ofAccount(pool: Pool, accountId: number, { page, per_page, ...asked }: Query, now: Instant) {
  if (page !== undefined || per_page !== undefined) {
    throw invalid('page and per_page are for the grid of all accounts: leave them out, or account_id.')
  }
  const zone = await bucketZone(pool, accountId)
  const zoom = asked.zoom === 'hours'
  const until = asked.until === undefined ? now : instantFrom(asked.until, zone, now)
  const since = asked.since === undefined ? until - (zoom ? 7 : USUAL_DAYS) * DAY : instantFrom(asked.since, zone, now)
  const ledger = await ledgerOf(pool, { accountId, since, until, daysMax: zoom ? GRID_ZOOMED_MAX : GRID_DAYS_MAX }, now)
  return ledgerJson(ledger, now, zoom)
}

async function ofAccounts(pool: Pool, { accounts }: Administrator, asked: Query, now: Instant) {
  if (asked.zoom === 'hours') throw invalid('Hours are shown of one account: name it with account_id.')
  const { page, perPage } = pageIn(asked)
  const ledgers = await accountsGrid(pool, accounts.slice((page - 1) * perPage, page * perPage), asked, now)
  return accountsGridJson(ledgers, { total: accounts.length, page, perPage }, now)
}
