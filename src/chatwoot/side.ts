import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../errors.ts'
import { replyOf, unanswered, type Reply } from './reply.ts'

/** Somebody who answers questions: Chatwoot, or Tidemark. */
export interface Side {
  name: string
  /**
   * Asks one address (path and query).
   * @throws Refusal (exit 1) when nobody is there, or somebody who sends us elsewhere or away for too long.
   */
  ask(address: string): Promise<Reply>
}

export interface HttpSide {
  name: string
  baseUrl: string
  token: string
  /** Milliseconds for one request, its body included. */
  timeout: number
}

/** Bytes of an answer; a list of 10,000 entities has about 3 million. */
const LONGEST = 64 * 1024 * 1024
/** Times that a request is repeated which was one too many, or came to a proxy without a server behind it. */
const REPEATS = 3
const LONGEST_WAIT = 65
const unavailable = [502, 503, 504]

const refused = (message: string) => new Refusal('refused', message, { status: 502, exitCode: 1 })

/**
 * Chatwoot, or Tidemark, over HTTP. The token goes to this address only: redirections are not followed.
 * @throws Refusal (exit 2) for an address or a token that cannot be one.
 */
export function httpSide({ name, baseUrl, token, timeout }: HttpSide): Side {
  const base = baseOf(baseUrl)
  // Otherwise `fetch` would complain of the header, and repeat the token.
  if (!/^[\x21-\x7e]{1,255}$/.test(token)) throw new Refusal('invalid', 'The token is none: give the api_access_token as it is.')
  const request = async (address: string) => {
    const signal = AbortSignal.timeout(timeout)
    const headers = { api_access_token: token, accept: 'application/json, text/csv;q=0.9, */*;q=0.1' }
    const response = await fetch(`${base}${address}`, { redirect: 'manual', signal, headers })
    return { response, text: await textOf(response) }
  }
  const ask = async (address: string, repeats = REPEATS): Promise<Reply> => {
    let answer: Awaited<ReturnType<typeof request>>
    try {
      answer = await request(address)
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return unanswered(`no answer within ${timeout / 1000} s`)
      if (error instanceof Refusal) return unanswered(error.message)
      throw refused(`${name} at ${base} cannot be reached (${causeOf(error)}).`)
    }
    const { status, headers } = answer.response
    if (status >= 300 && status < 400) {
      throw refused(`${name} at ${base} redirects to ${targetOf(headers.get('location'), base)}. Give the address it means.`)
    }
    const pause = status === 429 ? Number(headers.get('retry-after') ?? 1) : unavailable.includes(status) ? 1 : undefined
    if (pause === undefined) return replyOf(status, headers.get('content-type') ?? '', answer.text)
    if (repeats > 0 && pause <= LONGEST_WAIT) {
      await sleep(Math.max(0.1, pause) * 1000)
      return ask(address, repeats - 1)
    }
    if (status !== 429) return replyOf(status, headers.get('content-type') ?? '', answer.text)
    throw refused(`${name} at ${base} wants fewer requests (429). Ask with a smaller --sample, or raise its limit.`)
  }
  return { name, ask: (address) => ask(address) }
}

function baseOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new Refusal('invalid', 'Give the base address, such as https://desk.example.com, without user name, query or fragment.')
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** The body, up to a bound: nobody's endless answer may fill the memory. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > LONGEST) throw refused(`an answer of more than ${LONGEST / 1024 / 1024} MB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error
  const { code, message: reason } = (cause ?? {}) as { code?: string; message?: string }
  return code ?? reason ?? message
}

/** Where a redirection leads, without its query, which may hold what is nobody's business. */
function targetOf(location: string | null, base: string): string {
  if (location === null || !URL.canParse(location, base)) return 'nowhere'
  const { origin, pathname } = new URL(location, base)
  return `${origin}${pathname}`
}
