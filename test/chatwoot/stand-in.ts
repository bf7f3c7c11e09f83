import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from '../../src/http/app.ts'

/** An answer on its way out. */
export interface Outgoing {
  status: number
  type: string
  body: string
}

/** Changes an answer, or the address that it answers. */
export interface Quirk {
  address?: (url: URL) => void
  answer?: (outgoing: Outgoing, url: URL) => Outgoing | Promise<Outgoing>
}

/** A server that listens; `close` cuts what is still open. */
export interface Listening {
  url: string
  close(): Promise<void>
}

export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Listening> {
  const server: Server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** Stands in for Chatwoot: answers from the database of a test by the report code, with Chatwoot's quirks put back on. */
export function standIn(app: App, quirks: readonly Quirk[]): Promise<Listening> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { status, type, body } = await respond(app, quirks, request)
    response.writeHead(status, { 'content-type': type }).end(body)
  }
  return listen((request, response) => void answer(request, response))
}

async function respond(app: App, quirks: readonly Quirk[], request: IncomingMessage): Promise<Outgoing> {
  const url = new URL(request.url ?? '/', 'http://desk')
  for (const { address } of quirks) address?.(url)
  const token = String(request.headers['api_access_token'] ?? '')
  const { statusCode, headers, body } = await app.inject({ url: url.pathname + url.search, headers: { api_access_token: token } })
  let outgoing: Outgoing = { status: statusCode, type: String(headers['content-type'] ?? ''), body }
  for (const { answer } of quirks) outgoing = (await answer?.(outgoing, url)) ?? outgoing
  return outgoing
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** As the reference describes Chatwoot 4.16: HTML in files, two headings short, its own zones, lists in any order. */
export const chatwootQuirks: readonly Quirk[] = [
  {
    address: (url) => {
      // Asked in winter, -5 is Bogota, which has no daylight saving time.
      if (url.searchParams.get('timezone_offset') === '-5') url.searchParams.set('timezone', 'America/Bogota')
    },
    answer: (outgoing, url) => {
      if (outgoing.type.startsWith('text/csv')) {
        const bare = outgoing.body.replace(
          /(Inbox name,.*),Avg customer waiting time,Resolution Count\n/,
          (_whole, kept: string) => `${kept}\n`,
        )
        return { ...outgoing, body: bare.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character) }
      }
      if (!/summary_reports\/(agent|inbox|team)$/.test(url.pathname)) return outgoing
      const list = JSON.parse(outgoing.body) as unknown
      return Array.isArray(list) ? { ...outgoing, body: JSON.stringify(list.toReversed()) } : outgoing
    },
  },
]
