import { now, type Instant } from '../clock.ts'
import { config } from '../config.ts'
import type { Pool } from '../db.ts'
import { configuredRoute, type MailRoute } from '../digests/delivery/send.ts'
import { identifyAdministrator } from './admin/administrator.ts'
import { fewRecomputations } from './admin/recomputing.ts'
import { adminFamilies } from './admin/routes.ts'
import type { App, ServerContext } from './app.ts'
import { identify, tokenOf } from './auth.ts'
import { emptyServer } from './empty-server.ts'
import { addETags } from './etag.ts'
import { limitRequests } from './limits.ts'
import { addMetrics, type MetricsAccess } from './metrics.ts'
import { describeRoutes } from './openapi.ts'
import { addProbes } from './probes.ts'
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
  const recompute = fewRecomputations()
  const context = { pool, readPool, clock, chatwootUi, chatwootUrl, mailRoute, answerWithin, recompute }
  for (const mount of mounts) {
    app.register((scope: App) => addReports(scope, context, mount), { prefix: `/api/${mount.version}/accounts/:account_id` })
  }
  app.register((scope: App) => addAdministration(scope, context), { prefix: '/api/v1/admin' })
  return app
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
