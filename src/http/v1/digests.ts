import { z } from 'zod'
import type { Change } from '../../audit/change.ts'
import type { DefinitionInput } from '../../digests/definition/definition.ts'
import {
  createDigest,
  deleteDigest,
  digestMadeBy,
  findDigest,
  updateDigest,
  type Digest,
} from '../../digests/definition/digest.ts'
import { checkedJson, digestJson, digestsJson, sha256Of } from '../../digests/definition/digest-json.ts'
import { findDigests, isMember } from '../../digests/definition/inventory.ts'
import { definitionFrom, wireDefinition } from '../../digests/definition/wire.ts'
import { isSqlState, SQLSTATE, type Pool } from '../../db.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import type { Caller } from '../auth.ts'
import { accountPath, text } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { digestPath, idIn, listShape, pageIn } from './digest-path.ts'
import { checkAnswer, digestAnswer, digestRow, rowOf } from './digest-shapes.ts'
import { pageParameters, queryOf } from './parameters.ts'
import { bodyProblems, conflictProblem, problems } from './problems.ts'

const tags = ['Digests']
const one = { tags, params: digestPath }
const all = { tags, params: accountPath }

/** `/digests`: what is mailed, to whom and when. */
export const digestRoutes: RouteFamily = (app, context) => {
  addReading(app, context)
  addMaking(app, context)
  addChanging(app, context)
}

function addReading(app: App, { pool, clock }: ServerContext): void {
  const body = z.object({ ...listShape, digests: z.array(digestRow) })
  const search = text.max(200).optional().meta({
    description: 'Part of a name, of an owner, or of a recipient’s name or address, also within groups.',
    example: 'ana@example.com',
  })
  const list = {
    ...all,
    summary: 'The digests by name, with who owns them, to how many they go, what came of the last and when the next are due',
    querystring: queryOf({ search, ...pageParameters }),
    response: { 200: body, ...problems },
  }
  app.get('/digests', { schema: list }, async ({ caller: { accountId }, query }) => {
    const page = pageIn(query)
    const { digests, total } = await findDigests(pool, accountId, { ...page, text: query.search ?? '' })
    const shown = await digestsJson(pool, digests, clock())
    return { total_count: total, page: page.page, per_page: page.perPage, digests: shown.map(rowOf) }
  })

  const read = { ...one, summary: 'One digest', response: { 200: digestAnswer, ...problems } }
  app.get('/digests/:digest', { schema: read }, async ({ caller: { accountId }, params }) =>
    digestJson(pool, await findDigest(pool, accountId, idIn(params.digest)), clock()),
  )
}

const key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible characters')
  .optional()
  .meta({ description: 'A key of your own: a request that is sent again with it makes no second digest.', example: '7f9c24e8' })

function addMaking(app: App, { pool, clock }: ServerContext): void {
  const create = {
    ...all,
    summary: 'Makes a digest; it belongs to who asks unless an owner is named',
    headers: z.looseObject({ 'idempotency-key': key }),
    body: wireDefinition,
    response: {
      201: digestAnswer,
      200: digestAnswer.meta({ description: 'The digest that was made by this Idempotency-Key before.' }),
      ...bodyProblems,
      ...conflictProblem('The Idempotency-Key was used for another definition.'),
    },
  }
  app.post('/digests', { schema: create, validatorCompiler: bodyToHandler }, async ({ caller, body, headers }, reply) => {
    const input = ownedBy(caller.userId, definitionFrom(body))
    const { digest, made } = await createOnce(pool, caller, input, headers['idempotency-key'], changeOf(caller, clock()))
    return reply.code(made ? 201 : 200).send(await digestJson(pool, digest, clock()))
  })

  const check = {
    ...all,
    summary: 'Checks a definition and tells when it would be due; nothing is stored',
    body: wireDefinition,
    response: { 200: checkAnswer, ...bodyProblems },
  }
  app.post('/digests/check', { schema: check, validatorCompiler: bodyToHandler }, ({ caller, body }) =>
    checkedJson(pool, caller.accountId, ownedBy(caller.userId, definitionFrom(body)), clock()),
  )
}

const ownedBy = (userId: number | null, { ownerId = userId, ...given }: ReturnType<typeof definitionFrom>) => ({
  ...given,
  ownerId,
})

async function createOnce(
  pool: Pool,
  { accountId, userId, actor }: Caller,
  input: DefinitionInput,
  given: string | undefined,
  change: Change,
) {
  // Keys are chosen by whoever asks, so two people may choose the same.
  const asker = userId ?? (actor.kind === 'token' ? `token ${actor.id}` : actor.kind)
  const once = given === undefined ? undefined : { key: `${asker} ${given}`, sha256: sha256Of(input) }
  const before = once && (await digestMadeBy(pool, accountId, once))
  if (before) return { digest: before, made: false }
  try {
    return { digest: await createDigest(pool, accountId, input, change, once), made: true }
  } catch (error) {
    // The same request, at the same time.
    const other = once && isSqlState(error, SQLSTATE.uniqueViolation) ? await digestMadeBy(pool, accountId, once) : undefined
    if (!other) throw error
    return { digest: other, made: false }
  }
}

function addChanging(app: App, { pool, clock }: ServerContext): void {
  const replace = {
    ...one,
    summary: 'Replaces the definition; without an owner it keeps the one that it has. No period is sent twice for it',
    body: wireDefinition,
    response: { 200: digestAnswer, ...bodyProblems, ...conflictProblem('A recipient group of it was removed meanwhile.') },
  }
  app.put('/digests/:digest', { schema: replace, validatorCompiler: bodyToHandler }, async ({ caller, params, body }) => {
    const { accountId, userId } = caller
    const before = await findDigest(pool, accountId, idIn(params.digest))
    const input = ownedBy(await ownerOr(pool, before, userId), definitionFrom(body))
    const digest = await updateDigest(pool, accountId, before.id, input, changeOf(caller, clock()))
    return digestJson(pool, digest, clock())
  })

  const remove = {
    ...one,
    summary: 'Deletes a digest with its deliveries and what was sent',
    response: { 204: z.undefined().meta({ description: 'Deleted.' }), ...problems },
  }
  app.delete('/digests/:digest', { schema: remove }, async ({ caller, params }, reply) => {
    await deleteDigest(pool, caller.accountId, idIn(params.digest), changeOf(caller, clock()))
    return reply.code(204).send()
  })
}

/** Who owns a digest that is changed; whoever changes it when nobody does, or when the owner has left the account. */
async function ownerOr(pool: Pool, { accountId, ownerId }: Digest, userId: number | null): Promise<number | null> {
  return ownerId !== null && (await isMember(pool, accountId, ownerId)) ? ownerId : userId
}
