import { z } from 'zod'
import {
  backfillBody,
  backfillFrom,
  keyOf,
  requestKey,
  requestOf,
  sha256OfBody,
  sha256OfControl,
  type BackfillBody,
} from '../../admin/backfill-request.ts'
import { requesterToTell } from '../../admin/whom-to-tell.ts'
import { planOf, planCheck } from '../../admin/backfill-plan.ts'
import { backfillsOf } from '../../rollups/backfill/backfill.ts'
import { backfillStates } from '../../rollups/backfill/backfill-row.ts'
import { controlBackfill, controls } from '../../rollups/backfill/control-backfill.ts'
import type { PlanJson } from '../../rollups/backfill/plan-json.ts'
import { startBackfill, type BackfillRequest } from '../../rollups/backfill/start-backfill.ts'
import type { App, RouteFamily, ServerContext } from '../app.ts'
import { fields, line } from '../../digests/definition/definition.ts'
import { readBy } from '../../digests/definition/what-is-wrong.ts'
import { bodyToHandler } from '../v1/bodies.ts'
import { listShape, pageIn } from '../v1/digest-path.ts'
import { pageParameters, queryOf, word } from '../v1/parameters.ts'
import { bodyProblems, conflictProblem, problems } from '../v1/problems.ts'
import { requireAdministered, requireChange } from './administrator.ts'
import { accountParameter, askedAccounts, askedBackfill } from './asked-accounts.ts'
import { backfillFor, backfillsFor } from './backfill-answer.ts'
import { backfillAnswer, backfillShape } from './backfill-shapes.ts'
import { planFor } from './plan-answer.ts'
import { planShape } from './plan-shapes.ts'

const tags = ['Backfills']
export const backfillPath = z.object({ backfill: z.string().meta({ description: 'Id of the backfill.', example: '1' }) })

/** `/backfills`: rolling stretches of history, planned, started, watched, paused, resumed, called off and tried again. */
export const backfillRoutes: RouteFamily = (app, context) => {
  addReading(app, context)
  addStarting(app, context)
  addControl(app, context)
}

function addReading(app: App, { pool, clock }: ServerContext): void {
  const list = {
    tags,
    summary: 'The backfills of your accounts, the newest first',
    querystring: queryOf({
      account_id: accountParameter.optional(),
      state: word(backfillStates).optional().meta({ description: 'Only those in this state.', example: 'running' }),
      ...pageParameters,
    }),
    response: { 200: z.object({ ...listShape, backfills: z.array(backfillShape) }), ...problems },
  }
  app.get('/backfills', { schema: list }, async ({ administrator, query }) => {
    const accounts = askedAccounts(administrator, query.account_id)
    const page = pageIn(query)
    const { backfills, total } = await backfillsOf(pool, accounts, { ...page, ...(query.state && { states: [query.state] }) })
    const told = await backfillsFor(pool, administrator, backfills, clock())
    return { total_count: total, page: page.page, per_page: page.perPage, backfills: told }
  })

  const read = { tags, summary: 'One backfill', params: backfillPath, response: { 200: backfillAnswer, ...problems } }
  app.get('/backfills/:backfill', { schema: read }, async ({ administrator, params }) => {
    const found = await askedBackfill(pool, administrator, params.backfill)
    return backfillFor(pool, administrator, found, clock())
  })
}

const key = requestKey
  .optional()
  .meta({ description: 'A key of your own: a request that is sent again with it does nothing more.', example: '7f9c24e8' })

function addStarting(app: App, context: ServerContext): void {
  const { pool, clock } = context
  const start = {
    tags,
    summary: 'Tells what a backfill would do (a dry run, unless `dry_run` is false), or starts it',
    headers: z.looseObject({ 'idempotency-key': key }),
    body: backfillBody,
    response: {
      201: backfillAnswer,
      200: z.union([planShape, backfillAnswer]).meta({
        description:
          'The plan of a dry run; else the backfill that was started by this request before, or is under way and the same.',
      }),
      ...bodyProblems,
      ...conflictProblem(
        'Another backfill of the account is under way, the key was used for another request, or the plan is old.',
      ),
    },
  }
  app.post('/backfills', { schema: start, validatorCompiler: bodyToHandler }, async (request, reply) => {
    const { administrator } = request
    const body = backfillFrom(request.body)
    requireAdministered(administrator, body.account_id)
    const notify = body.notify ? await requesterToTell(pool, body.account_id, administrator.actor) : null
    const asked = { ...(await requestOf(pool, body, clock())), notify }
    if (body.dry_run) return planFor(administrator, await planned(context, asked, body))
    requireChange(administrator)
    const once = keyOf(administrator.actor, request.headers['idempotency-key'], sha256OfBody(body))
    const asking = {
      actor: administrator.actor,
      at: clock(),
      requestId: request.id,
      once,
      check: planCheck(asked, body.plan, clock()),
    }
    const { backfill, made } = await startBackfill(pool, asked, asking)
    return reply.code(made ? 201 : 200).send(await backfillFor(pool, administrator, backfill, clock()))
  })
}

/** What it would do; with a look at what would change only where there is room for that. */
async function planned(
  { pool, clock, recompute }: ServerContext,
  asked: BackfillRequest,
  { diff }: BackfillBody,
): Promise<PlanJson> {
  const plan = () => planOf(pool, asked, clock(), diff)
  return diff === 0 ? plan() : recompute(asked.accountId, plan)
}

const summaries = {
  pause: 'Pauses a backfill within a chunk, about a second; it keeps its place, and no other of the account may start',
  resume: 'Lets a paused backfill go on where it was',
  cancel: 'Calls a backfill off within a chunk; what is rolled stays',
  retry: 'Tries the hours that failed again, and what was left when it failed as a whole',
}

const controlBody = fields({
  reason: line(500).nullable().default(null).meta({ description: 'Why, for those who read the log.' }),
})

const controlConflict = conflictProblem(
  'It is in a state that this does not fit, another backfill is under way, or the key was used for another request.',
)

function addControl(app: App, { pool, clock }: ServerContext): void {
  for (const control of controls) {
    const schema = {
      tags,
      summary: summaries[control],
      params: backfillPath,
      headers: z.looseObject({ 'idempotency-key': key }),
      body: controlBody,
      response: { 200: backfillAnswer, ...bodyProblems, ...controlConflict },
    }
    app.post(`/backfills/:backfill/${control}`, { schema, validatorCompiler: bodyToHandler }, async (request) => {
      const { administrator, params, headers, id: requestId } = request
      requireChange(administrator)
      const { accountId, id } = await askedBackfill(pool, administrator, params.backfill)
      const { reason } = readBy(controlBody, request.body ?? {}, 'The body')
      const once = keyOf(administrator.actor, headers['idempotency-key'], sha256OfControl(id, control, reason))
      const acting = { actor: administrator.actor, at: clock(), reason, requestId, once }
      return backfillFor(pool, administrator, await controlBackfill(pool, accountId, id, control, acting), clock())
    })
  }
}
