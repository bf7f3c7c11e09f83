import { z } from 'zod'
import { fields, line, userId } from '../../digests/definition/definition.ts'
import { findDigest } from '../../digests/definition/digest.ts'
import { digestJson } from '../../digests/definition/digest-json.ts'
import { pauseDigest, reassignDigests, resumeDigest } from '../../digests/definition/keeping.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import type { RouteFamily } from '../app.ts'
import { changeOf } from '../change.ts'
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
    return digestJson(pool, await pauseDigest(pool, accountId, id, reason, changeOf(caller, clock())), clock())
  })

  const resume = { ...one, summary: 'Resumes a digest; what was due meanwhile is not made up for' }
  app.post('/digests/:digest/resume', { schema: resume }, async ({ caller, params }) => {
    const digest = await resumeDigest(pool, caller.accountId, idIn(params.digest), changeOf(caller, clock()))
    return digestJson(pool, digest, clock())
  })

  const reassign = {
    tags: ['Digests'],
    summary: 'Gives all digests of one owner to another user',
    params: accountPath,
    body: reassignBody,
    response: { 200: z.object({ reassigned: z.array(z.int()).meta({ description: 'Ids of digests.' }) }), ...bodyProblems },
  }
  app.post('/digests/reassign', { schema: reassign, validatorCompiler: bodyToHandler }, async ({ caller, body }) => {
    const owners = readBy(reassignBody, body, 'The body')
    const change = changeOf(caller, clock())
    return { reassigned: await reassignDigests(pool, caller.accountId, owners, change) }
  })
}
