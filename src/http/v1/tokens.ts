import { z } from 'zod'
import { roles } from '../../access/own-token.ts'
import { tokenName, tokenRole } from '../../access/new-token.ts'
import { tokenJson } from '../../access/token-json.ts'
import { createToken, MOST_TOKENS, revokeToken, tokensOf } from '../../access/tokens.ts'
import { fields, userId } from '../../digests/definition/definition.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { idIn, listShape, pageIn } from './digest-path.ts'
import { pageParameters, queryOf } from './parameters.ts'
import { bodyProblems, problems } from './problems.ts'

const instant = z.string().meta({ format: 'date-time' })
const told = z.object({
  id: z.int(),
  name: z.string(),
  role: z.enum(roles),
  prefix: z.string().meta({ description: 'How it begins, to tell tokens apart.', example: 'tmk_4fGh2k' }),
  user_id: z.int().nullable().meta({ description: 'Whom it stands for; null: nobody.' }),
  user_name: z.string().nullable(),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable().meta({ description: 'To the minute.' }),
  revoked_at: instant.nullable(),
})

const body = fields({
  name: tokenName.meta({ description: 'What it is for.', example: 'Wall board' }),
  role: tokenRole.meta({ description: 'What it may; docs/access.md has the table.' }),
  user_id: userId
    .nullable()
    .default(null)
    .meta({ description: 'Whom it stands for: needed for an agent, whose figures it shows.' }),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a time with an offset, such as 2027-01-31T00:00:00Z' })
    .nullable()
    .default(null)
    .meta({ description: 'At most five years from now; null: never.' }),
})

const common = { tags: ['Access'], params: accountPath }

/** `/tokens`: who may ask without signing in to Chatwoot. */
export const tokenRoutes: RouteFamily = (app, context) => {
  addReading(app, context)
  addChanging(app, context)
}

function addReading(app: App, { pool }: ServerContext): void {
  const list = {
    ...common,
    summary: 'The tokens of the account, the newest first; revoked ones, too, and never their text',
    querystring: queryOf(pageParameters),
    response: { 200: z.object({ ...listShape, tokens: z.array(told) }), ...problems },
  }
  app.get('/tokens', { schema: list }, async ({ caller: { accountId }, query }) => {
    const page = pageIn(query)
    const { tokens, total } = await tokensOf(pool, accountId, page)
    return { total_count: total, page: page.page, per_page: page.perPage, tokens: tokens.map(tokenJson) }
  })
}

function addChanging(app: App, { pool, clock }: ServerContext): void {
  const create = {
    ...common,
    summary: `Makes a token, of at most ${MOST_TOKENS} live ones; its text is in this answer and can never be had again`,
    body,
    response: {
      201: told.extend({ token: z.string().meta({ description: 'What to send as `api_access_token`.' }) }),
      ...bodyProblems,
    },
  }
  app.post('/tokens', { schema: create, validatorCompiler: bodyToHandler }, async (request, reply) => {
    const { name, role, user_id, expires_at: expires } = readBy(body, request.body, 'The body')
    const input = { name, role, userId: user_id, expiresAt: expires === null ? null : Math.floor(Date.parse(expires) / 1000) }
    const { text, token } = await createToken(pool, request.caller.accountId, input, changeOf(request.caller, clock()))
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...tokenJson(token), token: text })
  })

  const path = accountPath.extend({ token: z.string().meta({ description: 'Id of the token.', example: '1' }) })
  const revoke = {
    ...common,
    summary: 'Revokes a token at once and for good; again, it changes nothing',
    params: path,
    response: { 200: told, ...problems },
  }
  app.delete('/tokens/:token', { schema: revoke }, async ({ caller, params }) => {
    const { accountId } = caller
    return tokenJson(await revokeToken(pool, accountId, idIn(params.token), changeOf(caller, clock())))
  })
}
