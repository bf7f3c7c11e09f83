import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { failureOf } from '../../failure.ts'
import { backfillAmong } from '../../rollups/backfill/backfill.ts'
import { underWay, type Backfill } from '../../rollups/backfill/backfill-row.ts'
import type { RouteFamily, ServerContext } from '../app.ts'
import { tokenOf } from '../auth.ts'
import { problems } from '../v1/problems.ts'
import { identifyAdministrator, requireAdministered } from './administrator.ts'
import { askedBackfill } from './asked-accounts.ts'
import { backfillNow } from './backfill-answer.ts'
import { backfillPath } from './backfills.ts'
import { streamCounter, streamHeaders, writeEvents, type Streamed } from './event-stream.ts'

const lastEventId = z
  .string()
  .max(40)
  .optional()
  .meta({ description: 'The `id` of the last event that was seen; what it told is not told again.', example: '17' })

const schema = {
  tags: ['Backfills'],
  summary:
    'How a backfill goes on, as server-sent events: `state` when that changes, `progress` with each chunk that is rolled or verified and when a wait for its turn begins or ends, until it ends',
  params: backfillPath,
  headers: z.looseObject({ 'last-event-id': lastEventId }),
  response: {
    200: {
      description:
        'Each event is a backfill in JSON, as the list of them has it, with `latest_failures`: of the hours that could not be rolled (`progress.hours_failed` counts them) the five that failed last, each with its error. Its `id` counts changes. Ends with the backfill, and after fifteen minutes.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: z.undefined().meta({ description: 'It has ended, and the last event that was seen told so.' }),
    ...problems,
  },
}

/** `/backfills/:backfill/events`: live progress. */
export const backfillEventRoutes: RouteFamily = (app, context) => {
  const closing = new AbortController()
  const countIn = streamCounter()
  // Before the server waits for what is under way: a stream would keep it waiting.
  app.addHook('preClose', async () => closing.abort())

  app.get('/backfills/:backfill/events', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const found = await askedBackfill(context.pool, request.administrator, request.params.backfill)
    const seen = Number(request.headers['last-event-id'] ?? NaN)
    if (!underWay.includes(found.state) && seen === found.revision) return reply.code(204).send()
    const countOut = countIn(tokenOf(request.headers))
    const signal = AbortSignal.any([closing.signal, abandoned(reply)])
    reply.hijack()
    reply.raw.writeHead(200, { ...streamHeaders, 'x-request-id': request.id })
    await writeEvents(reply.raw, { ...eventsOf(context, request, found), seen, signal })
      // The reader comes again by himself, and is told then what is wrong.
      .catch((error: unknown) => request.log.info({ reason: failureOf(error).message }, 'a stream of events ended early'))
    countOut()
    reply.raw.end()
    return reply
  })
}

/** Fires when the reader has gone. */
function abandoned(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.on('close', () => gone.abort())
  // While the backfill was looked up, perhaps.
  if (reply.raw.destroyed) gone.abort()
  return gone.signal
}

function eventsOf(
  { pool, clock }: ServerContext,
  { administrator, headers }: Pick<FastifyRequest, 'administrator' | 'headers'>,
  { accountId, id }: Backfill,
): Pick<Streamed, 'look' | 'recheck'> {
  return {
    async look() {
      const at = await backfillAmong(pool, [accountId], id)
      const data = () => backfillNow(pool, administrator, at, clock())
      return { revision: at.revision, state: at.state, waits: at.waitsForTurn, ended: !underWay.includes(at.state), data }
    },
    async recheck() {
      requireAdministered(await identifyAdministrator(pool, tokenOf(headers)), accountId)
    },
  }
}
