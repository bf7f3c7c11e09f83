import { z } from 'zod'
import { requireEntity } from '../../accounts/entities.ts'
import { invalid } from '../../errors.ts'
import { setTargets, targetDimensions, targetsOf } from '../../reports/targets.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
import { accountPath } from '../request.ts'
import { bodyProblems, problems } from './problems.ts'

const target = z.strictObject({
  type: z.enum(targetDimensions).meta({ description: 'An inbox’s or team’s own target wins over the account’s.' }),
  id: z.int().min(1).meta({ description: 'The inbox or team; the account’s own id for the account.' }),
  times: z.enum(['first_response', 'reply', 'resolution']),
  seconds: z.number().gt(0).max(1e9),
})
const body = z.strictObject({ targets: z.array(target).max(1000) })

const common = { tags: ['Settings'], params: accountPath }

/** `/targets`: how long answers may take. */
export const targetRoutes: RouteFamily = (app, { readPool }) => {
  const list = { ...common, summary: 'The targets of the account', response: { 200: body, ...problems } }
  app.get('/targets', { schema: list }, async ({ caller: { accountId } }) => ({ targets: await targetsOf(readPool, accountId) }))
}

/** The same, to be changed. */
export const targetChangeRoutes: RouteFamily = (app, { pool, clock }) => {
  const replace = { ...common, summary: 'Replaces the targets (administrators)', body, response: { 200: body, ...bodyProblems } }
  app.put('/targets', { schema: replace }, async ({ caller, body: given }) => {
    const { targets } = given
    const { accountId } = caller
    for (const { type, id } of targets) await requireEntity(pool, accountId, type, id)
    const keys = new Set(targets.map(({ type, id, times }) => `${type} ${id} ${times}`))
    if (keys.size < targets.length) throw invalid('There are two targets for the same times of the same thing. Give one.')
    await setTargets(pool, accountId, targets, changeOf(caller, clock()))
    return { targets: await targetsOf(pool, accountId) }
  })
}
