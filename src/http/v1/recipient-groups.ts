import { z } from 'zod'
import { createGroup, deleteGroup, findGroup, groupsOf, updateGroup } from '../../digests/definition/groups.ts'
import { groupFrom, groupJson, wireGroup } from '../../digests/definition/wire.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { groupPath, idIn } from './digest-path.ts'
import { groupAnswer } from './digest-shapes.ts'
import { bodyProblems, conflictProblem, problems } from './problems.ts'

const all = { tags: ['Digests'], params: accountPath }
const one = { tags: ['Digests'], params: groupPath }
const changed = { ...bodyProblems, ...conflictProblem('Another group has this name.') }

/** `/recipient_groups`: recipients that several digests share. */
export const recipientGroupRoutes: RouteFamily = (app, context) => {
  addReading(app, context)
  addChanging(app, context)
}

function addReading(app: App, { pool }: ServerContext): void {
  const list = {
    ...all,
    summary: 'The recipient groups by name, at most 500',
    response: { 200: z.object({ recipient_groups: z.array(groupAnswer) }), ...problems },
  }
  app.get('/recipient_groups', { schema: list }, async ({ caller: { accountId } }) => ({
    recipient_groups: (await groupsOf(pool, accountId)).map(groupJson),
  }))

  const read = { ...one, summary: 'One recipient group', response: { 200: groupAnswer, ...problems } }
  app.get('/recipient_groups/:group', { schema: read }, async ({ caller: { accountId }, params }) =>
    groupJson(await findGroup(pool, accountId, idIn(params.group))),
  )
}

function addChanging(app: App, { pool, clock }: ServerContext): void {
  const create = { ...all, summary: 'Makes a recipient group', body: wireGroup, response: { 201: groupAnswer, ...changed } }
  app.post('/recipient_groups', { schema: create, validatorCompiler: bodyToHandler }, async ({ caller, body }, reply) => {
    const group = await createGroup(pool, caller.accountId, groupFrom(body), changeOf(caller, clock()))
    return reply.code(201).send(groupJson(group))
  })

  const replace = {
    ...one,
    summary: 'Replaces a recipient group; that counts from the next mail that is composed',
    body: wireGroup,
    response: { 200: groupAnswer, ...changed },
  }
  app.put('/recipient_groups/:group', { schema: replace, validatorCompiler: bodyToHandler }, async ({ caller, params, body }) => {
    const { accountId } = caller
    const { id } = await findGroup(pool, accountId, idIn(params.group))
    return groupJson(await updateGroup(pool, accountId, id, groupFrom(body), changeOf(caller, clock())))
  })

  const remove = {
    ...one,
    summary: 'Deletes a recipient group that no digest uses',
    response: {
      204: z.undefined().meta({ description: 'Deleted.' }),
      ...problems,
      ...conflictProblem('Digests use it; the answer names them.'),
    },
  }
  app.delete('/recipient_groups/:group', { schema: remove }, async ({ caller, params }, reply) => {
    await deleteGroup(pool, caller.accountId, idIn(params.group), changeOf(caller, clock()))
    return reply.code(204).send()
  })
}
