import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import type { AppControllerRoute, BullBoardRequest, HTTPStatus } from '@bull-board/api/typings/app'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyPluginCallback } from 'fastify'
import { recordAct } from '../audit/record.ts'
import type { Instant } from '../clock.ts'
import { transaction, type Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { log } from '../log.ts'
import type { Administrator } from './admin/administrator.ts'

/** What may be changed on the pages, and how the audit log calls it. Anything else the board could do is refused. */
const CHANGES: Readonly<Record<string, 'queue.retry' | 'queue.remove' | 'queue.promote'>> = {
  '/api/queues/:queueName/:jobId/retry': 'queue.retry',
  '/api/queues/:queueName/retry/:queueStatus': 'queue.retry',
  '/api/queues/:queueName/:jobId/clean': 'queue.remove',
  '/api/queues/:queueName/clean/:queueStatus': 'queue.remove',
  '/api/queues/:queueName/:jobId/promote': 'queue.promote',
  '/api/queues/:queueName/promote': 'queue.promote',
}

export interface BoardOptions {
  pool: Pool
  clock: () => Instant
  /** Who asks, found by the headers of his request. */
  operatorOf: (headers: object) => Administrator
  title: string
  environment: { label: string; color: string; textColor: string }
  /** Which request it is, found by its headers. */
  requestIdOf: (headers: object) => string | null
}

type Answer = Awaited<ReturnType<AppControllerRoute['handler']>>

interface Board {
  plugin: FastifyPluginCallback
  /** Has the pages show BullMQ's queues, which are opened later than the pages are made. */
  show(queues: readonly object[]): void
}

/** Bull Board's pages, which let operators look and their administrators retry, remove and promote, each on the audit log. */
export function queueBoard(options: BoardOptions): Board {
  const adapter = new GuardedAdapter(options)
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiConfig: { boardTitle: options.title, environment: options.environment, hideRedisDetails: true, hideDocsLink: true },
    },
  })
  adapter.setErrorHandler((error) => {
    if (error instanceof Refusal) return { status: error.status as HTTPStatus, body: { error: error.message } }
    log.warn({ err: failureOf(error) }, 'the queue cannot be shown')
    return { status: 503 as HTTPStatus, body: { error: 'The queue cannot be reached at the moment. Please try again.' } }
  })
  let shown: readonly object[] = []
  return {
    plugin: adapter.registerPlugin(),
    show(queues) {
      if (queues === shown) return
      shown = queues
      board.setQueues(queues.map((queue) => new BullMQAdapter(queue as ConstructorParameters<typeof BullMQAdapter>[0])))
    },
  }
}

class GuardedAdapter extends FastifyAdapter {
  private readonly options: BoardOptions

  constructor(options: BoardOptions) {
    super()
    this.options = options
  }

  override setApiRoutes(routes: AppControllerRoute[]): FastifyAdapter {
    return super.setApiRoutes(routes.map((route) => ({ ...route, handler: (request) => this.answer(route, request!) })))
  }

  private async answer(route: AppControllerRoute, request: BullBoardRequest): Promise<Answer> {
    const operator = this.options.operatorOf(request.headers)
    if ([route.method].flat().every((method) => method === 'get')) return marked(await route.handler(request), operator)
    const action = CHANGES[[route.route].flat()[0] ?? '']
    if (!operator.mayChange) throw new Refusal('forbidden', 'This token may only look.', { status: 403 })
    if (!action)
      throw new Refusal('forbidden', 'This is not done here: jobs can be retried, removed and promoted.', { status: 403 })
    return this.recorded(operator, action, request, () => route.handler(request))
  }

  /** On the log before it is done, and off it again when it is refused. */
  private async recorded(
    operator: Administrator,
    action: 'queue.retry' | 'queue.remove' | 'queue.promote',
    { params, headers }: BullBoardRequest,
    work: () => Promise<Answer> | Answer,
  ): Promise<Answer> {
    const { pool, clock, requestIdOf } = this.options
    const { queueName, jobId, queueStatus } = params as Record<string, string | undefined>
    const after = { queue: queueName, ...(jobId === undefined ? { all: queueStatus ?? 'delayed' } : { job_id: jobId }) }
    const undone: Answer[] = []
    try {
      return await transaction(pool, async (tx) => {
        const requestId = requestIdOf(headers)
        await recordAct(tx, { actor: operator.actor, accountId: null, at: clock(), action, after, requestId })
        const answer = await work()
        if ((answer.status ?? 200) < 400) return answer
        undone.push(answer)
        throw new Error('not done')
      })
    } catch (error) {
      if (undone[0]) return undone[0]
      throw error
    }
  }
}

/** Queues are shown without buttons to who may only look. */
function marked(answer: Answer, { mayChange }: Administrator): Answer {
  const { body } = answer
  if (mayChange || typeof body !== 'object' || !('queues' in body) || !Array.isArray(body.queues)) return answer
  const queues = body.queues.map((queue: object) => ({ ...queue, readOnlyMode: true, allowRetries: false }))
  return { ...answer, body: { ...body, queues } }
}
