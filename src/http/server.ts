import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { now, type Instant } from '../clock.ts'
import { config } from '../config.ts'
import type { Pool } from '../db.ts'
import { notFound } from '../errors.ts'
import { log } from '../log.ts'
import type { App, ServerContext } from './app.ts'
import { identify, mayReadReports, tokenOf } from './auth.ts'
import { answerError } from './errors.ts'
import { withoutSuffix } from './format.ts'
import { limitRequests } from './limits.ts'
import { describeRoutes } from './openapi.ts'
import { addProbes } from './probes.ts'
import { parseQuery } from './query.ts'
import { chatwootReports } from './routes.ts'
import { addStartPage } from './start-page.ts'

export interface ServerOptions {
  pool: Pool
  /** Where reports are read; `pool` when left out. */
  readPool?: Pool
  /** Sentences that say why this process cannot serve yet (migrations behind…); empty when it can. */
  ready: () => Promise<string[]>
  clock?: () => Instant
  rateLimitMax?: number
  chatwootUi?: boolean
  publicUrl?: string
}

/** The HTTP server with all its routes, not listening yet. */
export function buildServer(options: ServerOptions): App {
  const { pool, readPool = pool, ready, clock = now, chatwootUi = config.chatwootUi } = options
  const app = emptyServer()
  // Before the limits, so that nobody's requests can make a process look dead.
  addProbes(app, pool, ready)
  limitRequests(app, options.rateLimitMax ?? config.rateLimitMax)
  describeRoutes(app)
  app.register(async (scope: App) => addStartPage(scope, options.publicUrl ?? config.publicUrl, clock))
  app.register((scope: App) => addReports(scope, { pool, readPool, clock, chatwootUi }), {
    prefix: '/api/v2/accounts/:account_id',
  })
  return app
}

function emptyServer(): App {
  const logger: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    rewriteUrl: (request) => withoutSuffix(request.url ?? '/'),
    routerOptions: { querystringParser: parseQuery, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void answerError(error, request as FastifyRequest, reply as FastifyReply),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // Response schemas describe (and are checked by tests); no answer fails for a description.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(notFound(), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'private', 'x-content-type-options': 'nosniff' })
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, caller } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.info({ method, route: routeOptions.url, account_id: caller?.accountId, status: reply.statusCode, ms }, 'request')
  })
  return app
}

/** A proxy's request id when it is a sane one, so that its log and ours can be read together. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}

/** Reports of one account. Who asks is settled before any parameter is looked at. */
async function addReports(app: App, context: ServerContext): Promise<void> {
  app.addHook('preValidation', async (request) => {
    const { account_id } = request.params as { account_id: string }
    request.caller = await identify(context.pool, tokenOf(request.headers), account_id)
    mayReadReports(request.caller)
  })
  for (const family of chatwootReports) family(app, context)
}
