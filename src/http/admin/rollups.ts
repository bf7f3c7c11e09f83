import { z } from 'zod'
import { DIRTY_HOURS_MAX, dirtyHours } from '../../rollups/freshness/dirty-list.ts'
import { dirtyJson, statusJson } from '../../rollups/freshness/status-json.ts'
import { rollupStatus } from '../../rollups/freshness/status.ts'
import type { RouteFamily } from '../app.ts'
import { listShape, pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf } from '../v1/parameters.ts'
import { problems } from '../v1/problems.ts'
import { accountParameter, askedAccounts } from './asked-accounts.ts'
import { dirtyShape, statusShape } from './rollup-shapes.ts'

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

/** `/rollups/status` and `/rollups/dirty`: how fresh rollups are, and what waits. */
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
}
