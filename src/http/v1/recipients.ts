import { z } from 'zod'
import { foundJson, removedJson } from '../../digests/audience/consent-json.ts'
import { findPerson } from '../../digests/audience/find-person.ts'
import { removePerson } from '../../digests/audience/remove-person.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { foundShape, removedShape, whoIn, whoParameters } from './consent-shapes.ts'
import { queryOf } from './parameters.ts'
import { problems } from './problems.ts'

const common = { tags: ['Digests'], params: accountPath }

const find = {
  ...common,
  summary: 'Finds a person everywhere: digests, groups, suppressions, mails, links',
  querystring: queryOf(whoParameters),
  response: { 200: foundShape, ...problems },
}

const remove = {
  ...common,
  summary: 'Takes a person off all digests and groups at once, withdraws what is queued, shuts his links (administrators)',
  querystring: queryOf({
    ...whoParameters,
    suppress: z.enum(['true', 'false']).optional().meta({
      description: '`false`: whoever adds him again sends to him again. Without: he stays off.',
      example: 'true',
    }),
  }),
  response: { 200: removedShape, ...problems },
}

/** `/recipients`: finds one person in all digests of the account. */
export const recipientRoutes: RouteFamily = (app, { pool, clock }) => {
  app.get('/recipients', { schema: find }, async ({ caller: { accountId }, query }) =>
    foundJson(await findPerson(pool, accountId, whoIn(query), clock())),
  )
}

/** `/recipients`: takes one person off all of them. */
export const recipientRemovalRoutes: RouteFamily = (app, { pool, clock }) => {
  app.delete('/recipients', { schema: remove }, async ({ caller, query }) => {
    const options = { suppress: query.suppress !== 'false' }
    return removedJson(await removePerson(pool, caller.accountId, whoIn(query), changeOf(caller, clock()), options))
  })
}
