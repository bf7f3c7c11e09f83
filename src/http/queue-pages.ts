import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import type { Queues } from '../queue.ts'
import { identifyAdministrator, type Administrator } from './admin/administrator.ts'
import type { App } from './app.ts'
import { tokenOf } from './auth.ts'
import { answerError } from './errors.ts'

const PREFIX = '/admin/queues'

/** Scripts, styles and answers of our own alone; the board writes styles into its elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export interface QueuePages {
  /** The queues, opened if they are not yet. @throws Refusal (503) while their store cannot be reached */
  queues: () => Promise<Pick<Queues, 'shown'>>
  /** Shown on every page, so that nobody takes one installation for another. */
  environment: 'production' | 'development' | 'test'
}

/**
 * Adds `/admin/queues`: the jobs of the queues, for operators. A browser asks for the token as a password (any name beside it);
 * programs send `api_access_token`. Nothing is kept in a cookie. While the queue's store cannot be reached they say so with 503.
 */
export function addQueuePages(
  app: App,
  { queues, environment }: QueuePages,
  context: { pool: Pool; clock: () => Instant },
): void {
  const operators = new WeakMap<object, Administrator>()
  const requestIds = new WeakMap<object, string>()
  app.register(async (scope: App) => {
    const { queueBoard } = await import('./queue-board.ts')
    const board = queueBoard({
      ...context,
      operatorOf: (headers) => operators.get(headers)!,
      title: `Tidemark (${environment})`,
      environment: { label: environment, color: environment === 'production' ? '#b42318' : '#175cd3', textColor: '#ffffff' },
      requestIdOf: (headers) => requestIds.get(headers) ?? null,
    })
    scope.addHook('onRequest', async (request, reply) => {
      reply.headers({ 'content-security-policy': policy, 'referrer-policy': 'same-origin', 'x-robots-tag': 'noindex' })
      requestIds.set(request.headers, request.id)
      try {
        refuseOtherSites(request)
        operators.set(request.headers, await identifyOperator(context.pool, request.headers))
        board.show((await queues()).shown)
        return undefined
      } catch (error) {
        return refuse(error, request, reply)
      }
    })
    scope.addHook('onSend', async (_request, reply, payload) => {
      const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
      return isPage && typeof payload === 'string' ? withoutForeignFonts(payload) : payload
    })
    await scope.register(board.plugin, { prefix: PREFIX })
  })
}

/** A browser shows its form for name and password when it is told 401 with this header. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error instanceof Refusal ? error.status : 500
  if (status === 401)
    reply.header('www-authenticate', 'Basic realm="Tidemark queues: an operator\'s token as password", charset="UTF-8"')
  return answerError(error, request, reply)
}

async function identifyOperator(pool: Pool, headers: IncomingHttpHeaders): Promise<Administrator> {
  const known = await identifyAdministrator(pool, tokenOf(headers) ?? passwordOf(headers.authorization))
  if (known.operator) return known
  throw new Refusal('forbidden', 'The queues are shown to operators: they hold the jobs of all accounts.', {
    status: 403,
    exitCode: 1,
  })
}

function passwordOf(authorization = ''): string | undefined {
  const [, encoded = ''] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? []
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? []
  return password === '' ? undefined : password
}

/**
 * A browser repeats a password by itself, also for a form on another site. So what changes something has to come from our own
 * pages, as browsers say; without a word of that it is only taken from programs that send the token in its own header.
 */
function refuseOtherSites({ method, headers, host }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return
  const { origin } = headers
  const site = headers['sec-fetch-site']
  const own = site !== undefined ? site === 'same-origin' : origin !== undefined ? hostOf(origin) === host : undefined
  if (!(own ?? tokenOf(headers) !== undefined)) throw new Refusal('forbidden', 'This was asked by another site.', { status: 403 })
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** The board's page names a font of another site; nothing is loaded from there. */
const withoutForeignFonts = (page: string) => page.replaceAll(/<link[^>]+href="https?:\/\/[^>]*>/g, '')
