import { z } from 'zod'
import { suppressionJson } from '../../digests/audience/consent-json.ts'
import { fields, userId } from '../../digests/definition/definition.ts'
import { personOf } from '../../digests/audience/person.ts'
import { ALL_DIGESTS, suppressionsOf } from '../../digests/audience/suppressions.ts'
import { putBack, takeOff, warningOf } from '../../digests/audience/take-off.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath, text } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { suppressionShape, whoIn, whoParameters } from './consent-shapes.ts'
import { idIn, listShape, pageIn } from './digest-path.ts'
import { pageParameters, queryOf } from './parameters.ts'
import { bodyProblems, problems } from './problems.ts'

const common = { tags: ['Digests'], params: accountPath }
const digestParameter = text.optional().meta({ description: 'Id of a digest.', example: '1' })

const list = {
  ...common,
  summary: 'Who is sent no more of a digest, or of any, by address',
  querystring: queryOf({ ...pageParameters, ...whoParameters, digest_id: digestParameter }),
  response: { 200: z.object({ ...listShape, suppressions: z.array(suppressionShape) }), ...problems },
}

const body = fields({
  email: z.string().max(320).optional(),
  user_id: userId.optional().meta({ description: 'Instead of an address: a user.' }),
  digest_id: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .meta({ description: 'Null: all digests of the account, also those to come.' }),
})
const entered = z.object({ suppressions: z.array(suppressionShape) })

const enter = {
  ...common,
  summary: 'Enters that a person is sent no more of a digest, or of any; he stays on its lists',
  body,
  response: { 200: entered, ...bodyProblems },
}

const lifted = {
  ...common,
  summary: 'Lifts the suppression of a digest, or that of all (without `digest_id`); says when it was the person’s own wish',
  querystring: queryOf({ ...whoParameters, digest_id: digestParameter }),
  response: {
    200: z.object({
      lifted: z.array(suppressionShape),
      warning: z.string().nullable().meta({ description: 'That he had unsubscribed himself, and when; null: he had not.' }),
    }),
    ...problems,
  },
}

/** `/suppressions`: who is sent no more. */
export const suppressionRoutes: RouteFamily = (app, { pool, clock }) => {
  app.get('/suppressions', { schema: list }, async ({ caller: { accountId }, query }) => {
    const page = pageIn(query)
    const who = whoIn(query)
    const person = who.address === undefined && who.userId === undefined ? undefined : await personOf(pool, accountId, who)
    const digestId = query.digest_id === undefined ? undefined : idIn(query.digest_id)
    const { count, suppressions } = await suppressionsOf(pool, accountId, { ...page, person, digestId })
    return { total_count: count, page: page.page, per_page: page.perPage, suppressions: suppressions.map(suppressionJson) }
  })

  app.post('/suppressions', { schema: enter, validatorCompiler: bodyToHandler }, async ({ caller, body: given }) => {
    const { digest_id: digestId, ...who } = readBy(body, given, 'The body')
    const off = { ...whoIn(who), digestId: digestId ?? ALL_DIGESTS }
    const suppressions = await takeOff(pool, caller.accountId, off, changeOf(caller, clock()))
    return { suppressions: suppressions.map(suppressionJson) }
  })

  app.delete('/suppressions', { schema: lifted }, async ({ caller, query }) => {
    const off = { ...whoIn(query), digestId: query.digest_id === undefined ? ALL_DIGESTS : idIn(query.digest_id) }
    const suppressions = await putBack(pool, caller.accountId, off, changeOf(caller, clock()))
    return { lifted: suppressions.map(suppressionJson), warning: warningOf(suppressions) }
  })
}
