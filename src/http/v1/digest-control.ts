import { z } from 'zod'
import { fields, line, userId } from '../../digests/definition/definition.ts'
import { digestJson } from '../../digests/definition/digest-json.ts'
import { findDigest, reassignDigests, setPaused } from '../../digests/definition/digest.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import type { RouteFamily } from '../app.ts'
import { accountPath } from '../request.ts'
import { bodyToHandler } from './bodies.ts'
import { digestPath, idIn } from './digest-path.ts'
import { digestAnswer } from './digest-shapes.ts'
import { bodyProblems } from './problems.ts'

const pauseBody = fields({ reason: line(500).default('paused by hand') })
const reassignBody = fields({
  from: userId.nullable().meta({ description: 'Who owns them now, also when he has left; null: nobody.' }),
  to: userId.meta({ description: 'A user of the account.' }),
})

/** `/digests/:digest/{pause,resume}` and `/digests/reassign`. */
export const digestControlRoutes: RouteFamily = (app, { pool, clock }) => {
  const one = { tags: ['Digests'], params: digestPath, response: { 200: digestAnswer, ...bodyProblems } }
  const pause = { ...one, summary: 'Pauses a digest: nothing of it is sent until it is resumed', body: pauseBody }
  app.post('/digests/:digest/pause', { schema: pause, validatorCompiler: bodyToHandler }, async ({ caller, params, body }) => {
    const { id, accountId } = await findDigest(pool, caller.accountId, idIn(params.digest))
    const { reason } = readBy(pauseBody, body ?? {}, 'The body')
    return digestJson(pool, await setPaused(pool, accountId, id, reason, clock()), clock())
  })

  const resume = { ...one, summary: 'Resumes a digest; what was due meanwhile is not made up for' }
  app.post('/digests/:digest/resume', { schema: resume }, async ({ caller: { accountId }, params }) => {
    const digest = await findDigest(pool, accountId, idIn(params.digest))
    return digestJson(pool, await setPaused(pool, accountId, digest.id, null, clock()), clock())
  })

  const reassign = {
    tags: ['Digests'],
    summary: 'Gives all digests of one owner to another user',
    params: accountPath,
    body: reassignBody,
    response: { 200: z.object({ reassigned: z.array(z.int()).meta({ description: 'Ids of digests.' }) }), ...bodyProblems },
  }
  app.post('/digests/reassign', { schema: reassign, validatorCompiler: bodyToHandler }, async ({ caller, body }) => {
    const change = readBy(reassignBody, body, 'The body')
    return { reassigned: await reassignDigests(pool, caller.accountId, change, clock()) }
  })
}
