import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import type { Instant } from '../clock.ts'
import { DAY } from '../time/zone.ts'
import type { App } from './app.ts'

const page = readFileSync(new URL('../../templates/start.eta', import.meta.url), 'utf8')
const eta = new Eta()

/** Adds `/`: what runs here and what to ask it. Nothing on it is loaded from elsewhere. */
export function addStartPage(app: App, publicUrl: string, clock: () => Instant): void {
  app.get('/', { schema: { hide: true } }, async (_request, reply) => {
    const until = Math.floor(clock() / DAY) * DAY
    const html = eta.renderString(page, { publicUrl: publicUrl.replace(/\/$/, ''), since: until - 7 * DAY, until })
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    return reply.type('text/html; charset=utf-8').send(html)
  })
}
