import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Instant } from '../clock.ts'
import type { Pool } from '../db.ts'
import type { MailRoute } from '../digests/delivery/send.ts'
import type { Administrator } from './admin/administrator.ts'
import type { Recompute } from './admin/recomputing.ts'
import type { Caller } from './auth.ts'
import type { ErrorShape } from './errors.ts'

/** The server with schemas in zod. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What handlers work with. */
export interface ServerContext {
  pool: Pool
  /** Where reports are read: a replica, or the same as `pool`. */
  readPool: Pool
  clock: () => Instant
  /** True when Chatwoot's own pages ask: entity reports are CSV unless JSON is named. */
  chatwootUi: boolean
  /** Where Chatwoot's own pages are, for links to conversations. */
  chatwootUrl: string
  /** Which way mail goes. */
  mailRoute: () => MailRoute
  /** Seconds that an answer waits for a mail server. */
  answerWithin: number
  /** Recomputes days while somebody waits, a few of them at once. */
  recompute: Recompute
}

/** Some routes that belong together, added to a scope that has settled who asks. */
export type RouteFamily = (app: App, context: ServerContext) => void

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route below an account before its handler runs. */
    caller: Caller
    /** Who asks; set on every route below `/api/v1/admin` before its handler runs. */
    administrator: Administrator
  }
  interface FastifyInstance {
    /** From here on `/readyz` answers 503 and no connection is kept, so that no new requests are sent to this process. */
    drain(): void
  }
  interface FastifyContextConfig {
    errors?: ErrorShape
  }
}
