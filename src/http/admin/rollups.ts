import { z } from 'zod'
import { ledgerJson } from '../../rollups/freshness/ledger-json.ts'
import { bucketZone } from '../../rollups/backfill/backfill-days.ts'
import { GRID_DAYS_MAX, GRID_ZOOMED_MAX, ledgerOf } from '../../rollups/freshness/ledger.ts'
import { DIRTY_HOURS_MAX, dirtyHours } from '../../rollups/freshness/dirty-list.ts'
import { dirtyJson, statusJson } from '../../rollups/freshness/status-json.ts'
import { rollupStatus } from '../../rollups/freshness/status.ts'
import { instantFrom } from '../../time/instant-text.ts'
import { DAY } from '../../time/zone.ts'
import type { RouteFamily } from '../app.ts'
import { text } from '../request.ts'
import { listShape, pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf, word } from '../v1/parameters.ts'
import { problems } from '../v1/problems.ts'
import { accountParameter, askedAccounts } from './asked-accounts.ts'
import { dirtyShape, gridShape, statusShape } from './rollup-shapes.ts'

const tags = ['Administration']

const status = {
  tags,
  summary: 'How fresh the rollups of your accounts are, by width of bucket',
  querystring: queryOf({ account_id: accountParameter.optional(), ...pageParameters }),
  response: { 200: z.object({ ...listShape, accounts: z.array(statusShape) }), ...problems },
}

const dirty = {
  tags,
  summary: 'Which hours wait to be rolled, newest first, since when, and why those wait that failed',
  querystring: queryOf({
    account_id: accountParameter.optional(),
    limit: z
      .string()
      .regex(/^([1-9]\d{0,2}|1000)$/, `must be a number from 1 to ${DIRTY_HOURS_MAX}`)
      .optional()
      .meta({ description: 'Hours to list at most; 100 without.', example: '100' }),
  }),
  response: { 200: dirtyShape, ...problems },
}

const moment = (what: string, example: string) =>
  text.optional().meta({
    description: `${what}: a local date, an ISO time with an offset, Unix seconds, or days back (\`-7d\`).`,
    example,
  })

/** Days that a grid has when no range is given. */
const USUAL_DAYS = 90

const grid = {
  tags,
  summary: 'The state of every bucket of an account: local days, with hours counted by state or each on its own',
  querystring: queryOf({
    account_id: accountParameter,
    since: moment(`First day; ${USUAL_DAYS} days before the end without`, '2026-03-01'),
    until: moment('End of the range, widened to a whole day and cut at the end of today; now without', '2026-05-10'),
    zoom: word(['days', 'hours'])
      .optional()
      .meta({
        description: `\`hours\` also gives every hour of at most ${GRID_ZOOMED_MAX} days; else at most ${GRID_DAYS_MAX} days.`,
        example: 'hours',
      }),
  }),
  response: { 200: gridShape, ...problems },
}

/** `/rollups/status`, `/rollups/dirty` and `/rollups/grid`: how fresh rollups are, what waits, and how every bucket stands. */
export const rollupRoutes: RouteFamily = (app, { pool, clock }) => {
  app.get('/rollups/status', { schema: status }, async ({ query, administrator }) => {
    const accounts = askedAccounts(administrator, query.account_id)
    const { page, perPage } = pageIn(query)
    const statuses = await rollupStatus(pool, clock(), accounts.slice((page - 1) * perPage, page * perPage))
    return { total_count: accounts.length, page, per_page: perPage, accounts: statuses.map(statusJson) }
  })

  app.get('/rollups/dirty', { schema: dirty }, async ({ query, administrator }) => {
    const { limit = '100' } = query
    return dirtyJson(await dirtyHours(pool, askedAccounts(administrator, query.account_id), Number(limit)))
  })

  app.get('/rollups/grid', { schema: grid }, async ({ query, administrator }) => {
    const [accountId] = askedAccounts(administrator, query.account_id) as [number]
    const now = clock()
    const zone = await bucketZone(pool, accountId)
    const until = query.until === undefined ? now : instantFrom(query.until, zone, now)
    const since =
      query.since === undefined ? until - (query.zoom === 'hours' ? 7 : USUAL_DAYS) * DAY : instantFrom(query.since, zone, now)
    const zoom = query.zoom === 'hours'
    const ledger = await ledgerOf(pool, { accountId, since, until, daysMax: zoom ? GRID_ZOOMED_MAX : GRID_DAYS_MAX }, now)
    return ledgerJson(ledger, now, zoom)
  })
}
