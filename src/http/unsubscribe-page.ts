import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { consentWords } from '../digests/audience/consent-words.ts'
import { escapedOnly } from '../digests/mail/mail.ts'
import { dark, light, type Palette } from '../digests/mail/palette.ts'
import {
  readUnsubscribeToken,
  subscribeAgain,
  subscriptionOf,
  unsubscribe,
  type Subscription,
  type TokenOf,
} from '../digests/audience/unsubscribe.ts'
import { notFound } from '../errors.ts'
import type { App, ServerContext } from './app.ts'

/** Requests a minute for each valid token. A mail provider posts for many people from one address: each has his own. */
const MOST_A_MINUTE = 240
/** Bytes of a body: there are but a few names and words to be said. */
const MOST_BYTES = 4096

const template = (name: string) => readFileSync(new URL(`../../templates/${name}`, import.meta.url), 'utf8')
const page = template('unsubscribe.eta')
const eta = new Eta({ plugins: [escapedOnly] })
const colours = ({ page: back, card, line, ink, accent }: Palette) =>
  Object.entries({ page: back, card, line, ink, accent })
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')
const style = `:root { ${colours(light)} } @media (prefers-color-scheme: dark) { :root { ${colours(dark)} } } ${template('unsubscribe.css')}`

const headers = {
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow, noarchive',
  // The address is the key: no other site is told it.
  'referrer-policy': 'no-referrer',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
}

/**
 * Adds `/unsubscribe/:token`. A GET shows a page with buttons and changes nothing, however often link scanners ask. A POST with
 * `List-Unsubscribe=One-Click`, as mail programs send it (RFC 8058), or one of the buttons changes something: without a
 * session, a cookie or a redirect, the same any number of times.
 */
export function addUnsubscribePage(app: App, { pool, clock }: Pick<ServerContext, 'pool' | 'clock'>): void {
  const config = { errors: 'page' as const, rateLimit: { max: MOST_A_MINUTE, keyGenerator: tokenOrAddress } }
  const options = { config, schema: { hide: true } }
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers)
    // Whatever a provider calls its form, also when that is no name of a type: it is read as text.
    request.headers['content-type'] = 'text/plain'
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MOST_BYTES }, (_request, body, done) => done(null, body))

  type Asked = { Params: { token: string }; Body: unknown }
  app.get<Asked>('/unsubscribe/:token', options, async ({ params }, reply) => {
    return show(reply, await subscriptionOf(pool, known(params.token)))
  })
  app.post<Asked>('/unsubscribe/:token', options, async ({ params, body }, reply) => {
    const token = known(params.token)
    const wish = wishOf(typeof body === 'string' ? body : '')
    if (wish === 'again') await subscribeAgain(pool, token, clock())
    else if (wish) await unsubscribe(pool, token, wish, clock())
    return show(reply, await subscriptionOf(pool, token), wish ?? 'nothing')
  })
}

function known(token: string): TokenOf {
  const read = readUnsubscribeToken(token)
  if (!read) throw notFound()
  return read
}

/** What a POST asks for; undefined when it is neither a mail program's nor one of the page's buttons. */
function wishOf(body: string): 'digest' | 'all' | 'again' | undefined {
  // In either encoding of forms: `List-Unsubscribe=One-Click`, or a part of that name with that text.
  if (/\bList-Unsubscribe\b"?(=|\s+)One-Click\b/i.test(body)) return 'digest'
  const button = new URLSearchParams(body).get('do')
  return (['digest', 'all', 'again'] as const).find((wish) => wish === button)
}

function show(reply: FastifyReply, found: Subscription | undefined, wish?: string): FastifyReply {
  const { direction, page: words } = consentWords[found?.language ?? 'en']
  const data = { style, language: found?.language ?? 'en', direction, title: words.title, ...partsOf(found, wish) }
  return reply
    .code(wish === 'nothing' && found ? 422 : 200)
    .type('text/html; charset=utf-8')
    .send(eta.renderString(page, data))
}

function partsOf(found: Subscription | undefined, wish?: string): { sentences: string[]; buttons: [string, string][] } {
  if (!found) return { sentences: [consentWords.en.page.gone], buttons: [] }
  const { page: words } = consentWords[found.language]
  const names = { digest: found.digestName, account: found.accountName }
  const address = masked(found.recipient)
  const stopAll: [string, string] = ['all', words.stopAll(names.account)]
  const again: [string, string][] = found.undoable ? [['again', words.again]] : []
  const notice = [...(wish === 'nothing' ? [words.choose] : []), ...(found.off && !found.undoable ? [words.takenOff] : [])]
  if (found.off === 'all') return { sentences: [words.stoppedAll(names.account, address), ...notice], buttons: again }
  if (found.off) return { sentences: [words.stopped(names, address), ...notice], buttons: [...again, stopAll] }
  const sentence = wish === 'again' ? words.resumed(names, address) : words.question(names, address)
  return { sentences: [sentence, ...notice], buttons: [['digest', words.stop], stopAll] }
}

/** Enough of an address for its owner to know it: the mail may have been forwarded. */
function masked(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, 1)}…${address.slice(at)}`
}

/** By whom requests are counted. Tokens that are none have nothing of their own. */
function tokenOrAddress({ params, ip }: FastifyRequest): string {
  const { token = '' } = (params ?? {}) as { token?: string }
  const read = readUnsubscribeToken(token)
  return read ? `unsubscribe ${read.accountId} ${read.deliveryId}` : ip
}
