import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import type { OpenAPIV3_1 } from 'openapi-types'
import { ENTITIES_MAX } from '../accounts/entities.ts'
import { config } from '../config.ts'
import { dark, light, type Palette } from '../digests/mail/palette.ts'
import { MAX_BUCKETS } from '../reports/series.ts'
import { dictionary } from '../rollups/dictionary.ts'
import { dimensionNames } from '../rollups/parts.ts'
import { version } from '../version.ts'
import type { App } from './app.ts'
import { tagViews } from './docs-view.ts'
import { introduction } from './openapi.ts'
import { MAX_URL } from './query.ts'

const template = (name: string) => readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8')
const page = template('docs.eta')
const eta = new Eta()

const style = `
:root { color-scheme: light dark; ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
${template('docs.css')}`

/** The style by its digest, and nothing else: no script, no request, no frame around it. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Adds `/docs`: the description of the API as a page, made from `/openapi.json`. */
export function addDocsPage(app: App, options: { publicUrl?: string; rateLimitMax?: number }): void {
  const { publicUrl = config.publicUrl, rateLimitMax = config.rateLimitMax } = options
  let html: string | undefined
  app.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
    // Routes are complete when the first request comes, and stay as they are.
    html ??= render(app.swagger() as OpenAPIV3_1.Document, publicUrl.replace(/\/$/, ''), rateLimitMax)
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html)
  })
}

function render(document: OpenAPIV3_1.Document, publicUrl: string, rateLimitMax: number): string {
  const number = (value: number) => value.toLocaleString('en')
  return eta.renderString(page, {
    style,
    version,
    introduction: introduction.map(withCode),
    tags: tagViews(document, publicUrl),
    metrics: dictionary,
    dimensions: dimensionNames.length,
    everything: dimensionNames.join(', '),
    bounds: {
      address: number(MAX_URL),
      buckets: number(MAX_BUCKETS),
      entities: number(ENTITIES_MAX),
      rate: number(rateLimitMax),
    },
    withCode,
  })
}

/** Text as HTML, with what stands between backticks as code. */
function withCode(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function variables(palette: Palette): string {
  const { page, card, tile, line, ink, muted, accent } = palette
  return Object.entries({ page, card, tile, line, ink, muted, accent })
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')
}
