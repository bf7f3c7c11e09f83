import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { now, type Instant } from '../clock.ts'
import { config } from '../config.ts'
import type { Pool } from '../db.ts'
import { configuredRoute, type MailRoute } from '../digests/delivery/send.ts'
import { notFound } from '../errors.ts'
import { log } from '../log.ts'
import { measure } from '../measurements.ts'
import { identifyAdministrator } from './admin/administrator.ts'
import { adminFamilies } from './admin/routes.ts'
import type { App, ServerContext } from './app.ts'
import { identify, tokenOf } from './auth.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { answerError } from './errors.ts'
import { addETags } from './etag.ts'
import { withoutSuffix } from './format.ts'
import { limitRequests } from './limits.ts'
import { addMetrics, type MetricsAccess } from './metrics.ts'
import { describeRoutes } from './openapi.ts'
import { addProbes } from './probes.ts'
import { MAX_URL, parseQuery } from './query.ts'
import { addDigestPages } from './digest-pages.ts'
import { addDocsPage } from './docs-page.ts'
import { addQueuePages, type QueuePages } from './queue-pages.ts'
import { mounts, type Mount } from './routes.ts'
import { addMetricDictionary } from './routes/metric-dictionary.ts'
import { addStartPage } from './start-page.ts'
import { addUnsubscribePage } from './unsubscribe-page.ts'

/** Longer than a slow mail server takes, shorter than a proxy waits. */
const PATIENCE = 20

export interface ServerOptions {
  pool: Pool
  /** Where reports are read; `pool` when left out. */
  readPool?: Pool
  /** Sentences that say why this process cannot serve yet (migrations behind…); empty when it can. */
  ready: () => Promise<string[]>
  /** What `/metrics` shows, and to whom; left out: there is none. */
  metrics?: MetricsAccess
  /** The queues that are shown to operators; left out: there are no such pages. */
  queuePages?: QueuePages
  clock?: () => Instant
  rateLimitMax?: number
  chatwootUi?: boolean
  publicUrl?: string
  chatwootUrl?: string
  mailRoute?: () => MailRoute
  answerWithin?: number
}

/** The HTTP server with all its routes, not listening yet. */
export function buildServer(options: ServerOptions): App {
  const { pool, readPool = pool, ready, clock = now, chatwootUi = config.chatwootUi } = options
  const app = emptyServer()
  describeRoutes(app)
  // Before the limits, so that nobody's requests can make a process look dead.
  addProbes(app, pool, ready)
  if (options.metrics) addMetrics(app, options.metrics)
  limitRequests(app, options.rateLimitMax ?? config.rateLimitMax)
  app.register(async (scope: App) => addStartPage(scope, options.publicUrl ?? config.publicUrl, clock))
  app.register(async (scope: App) => addDocsPage(scope, options))
  app.register(async (scope: App) => addDigestPages(scope, { pool, clock }))
  app.register(async (scope: App) => addUnsubscribePage(scope, { pool, clock }))
  app.register(async (scope: App) => addMetricDictionary(scope))
  if (options.queuePages) addQueuePages(app, options.queuePages, { pool, clock })
  const { chatwootUrl = config.chatwootUrl, mailRoute = configuredRoute, answerWithin = PATIENCE } = options
  const context = { pool, readPool, clock, chatwootUi, chatwootUrl, mailRoute, answerWithin }
  for (const mount of mounts) {
    app.register((scope: App) => addReports(scope, context, mount), { prefix: `/api/${mount.version}/accounts/:account_id` })
  }
  app.register((scope: App) => addAdministration(scope, context), { prefix: '/api/v1/admin' })
  return app
}

/** A server without routes: how requests are named, logged and refused. */
export function emptyServer(): App {
  const logger: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    rewriteUrl: (request) => withoutSuffix(request.url ?? '/'),
    // Room for the longest address and the other headers, or Node would refuse what is to be told 414.
    http: { maxHeaderSize: 2 * MAX_URL },
    // Within a minute a request has to be here as a whole: nobody may hold connections by dribbling bytes.
    requestTimeout: 60_000,
    // An id of any length is one that does not exist.
    routerOptions: { querystringParser: parseQuery, ignoreTrailingSlash: true, maxParamLength: MAX_URL },
    clientErrorHandler: answerBrokenRequest,
    // Raised before any hook has run.
    frameworkErrors: (error, request, reply) => {
      stamp(request, reply)
      void answerError(error, request, reply)
    },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  // Response schemas describe (and are checked by tests); no answer fails for a description.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(notFound(), request, reply))
  app.addHook('onRequest', async (request, reply) => {
    stamp(request, reply)
    // At once, so that no body is read, and none is complained of, where nothing is.
    if (request.is404) throw notFound()
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, caller } = request
    const ms = Math.round(reply.elapsedTime)
    const source = reply.getHeader('x-report-source')
    if (typeof source === 'string') {
      measure('report', { route: routeOptions.url ?? '', source, seconds: reply.elapsedTime / 1000 })
    }
    request.log.info({ method, route: routeOptions.url, account_id: caller?.accountId, status: reply.statusCode, ms }, 'request')
  })
  return app
}

/** The headers of every answer. Whoever keeps one asks again before he shows it, as with Chatwoot's. */
function stamp(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'x-request-id': request.id,
    'cache-control': 'max-age=0, private, must-revalidate',
    'x-content-type-options': 'nosniff',
  })
}

/** A proxy's request id when it is a sane one, so that its log and ours can be read together. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}

/** Reports of one account. Who asks, and whether he may, is settled before any parameter is looked at. */
async function addReports(app: App, context: ServerContext, { groups, stranger }: Mount): Promise<void> {
  app.addHook('preValidation', async (request) => {
    const { account_id } = request.params as { account_id: string }
    const caller = await identify(context.pool, tokenOf(request.headers), account_id, { stranger, now: context.clock() })
    request.caller = { ...caller, requestId: request.id }
  })
  addETags(app)
  for (const { may, families } of groups) {
    app.register(async (scope: App) => {
      scope.addHook('preValidation', async ({ caller }) => may(caller))
      for (const family of families) family(scope, context)
    })
  }
}

/** What concerns several accounts, or the installation: whose token it is says which of them. */
async function addAdministration(app: App, context: ServerContext): Promise<void> {
  app.addHook('preValidation', async (request) => {
    request.administrator = await identifyAdministrator(context.pool, tokenOf(request.headers), context.clock())
  })
  for (const family of adminFamilies) family(app, context)
}
