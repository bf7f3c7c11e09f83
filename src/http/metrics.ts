import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { notFound, Refusal } from '../errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { App } from './app.ts'
import { sameText } from './auth.ts'

export interface MetricsAccess {
  metrics: Metrics
  /** Set: it is asked of everybody, as `Authorization: Bearer …`. */
  token: string | undefined
  /**
   * Who may read without a token: `anyone` who reaches the port, which is for probes; this machine (`loopback`), which may be a
   * proxy that speaks for anybody, so never in production; `nobody`.
   */
  open: 'anyone' | 'loopback' | 'nobody'
}

/** Adds `/metrics` in the text format of Prometheus. To those who may not know of it, it is not there. */
export function addMetrics(app: App, { metrics, token, open }: MetricsAccess): void {
  app.register(async (scope: App) => {
    scope.get('/metrics', { schema: { hide: true }, logLevel: 'warn' }, async (request, reply) => {
      if (token !== undefined) requireToken(request, token)
      else if (open === 'nobody' || (open === 'loopback' && !isLoopback(request.ip))) throw notFound()
      return reply
        .type(metrics.contentType)
        .header('cache-control', 'no-store')
        .send(await metrics.text())
    })
  })
}

function requireToken({ headers }: FastifyRequest, token: string): void {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (!sameText(given, token)) {
    throw new Refusal('unauthorized', 'Metrics ask for Authorization: Bearer, with METRICS_TOKEN.', { status: 401 })
  }
}

const isLoopback = (ip: string) => isIP(ip) !== 0 && /^(127\.|::1$|::ffff:127\.)/.test(ip)
