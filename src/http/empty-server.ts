import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyReply, type FastifyRequest } from 'fastify'
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { notFound } from '../errors.ts'
import { log } from '../log.ts'
import { measure } from '../measurements.ts'
import { accountAsked } from './admin/administrator.ts'
import type { App } from './app.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { answerError } from './errors.ts'
import { withoutSuffix } from './format.ts'
import { MAX_URL, parseQuery } from './query.ts'

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
    const { method, routeOptions, caller, administrator } = request
    const ms = Math.round(reply.elapsedTime)
    const source = reply.getHeader('x-report-source')
    if (typeof source === 'string') {
      measure('report', { route: routeOptions.url ?? '', source, seconds: reply.elapsedTime / 1000 })
    }
    // Neither is there where nobody asked, or was let in.
    const account_id = caller?.accountId ?? (administrator && accountAsked(administrator))
    request.log.info({ method, route: routeOptions.url, account_id, status: reply.statusCode, ms }, 'request')
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
