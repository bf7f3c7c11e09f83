import { createHash } from 'node:crypto'
import type { App } from './app.ts'

/** Gives the reports of a scope an ETag, so that a page that asks again is told 304 while nothing has changed. */
export function addETags(app: App): void {
  app.addHook('onSend', async ({ method, headers }, reply, payload) => {
    // What was done is never "not modified".
    if (method !== 'GET' && method !== 'HEAD') return payload
    if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
    const tag = `W/"${createHash('sha256').update(payload).digest('base64url')}"`
    reply.header('etag', tag)
    if (!isKnown(tag, headers['if-none-match'])) return payload
    reply.code(304).removeHeader('content-type')
    // Of a HEAD, Fastify still measures the payload before it drops it.
    return method === 'HEAD' ? payload : null
  })
}

/** True when `If-None-Match` names the tag; weak and strong ones are the same here. */
function isKnown(tag: string, ifNoneMatch = ''): boolean {
  const bare = (text: string) => text.trim().replace(/^W\//, '')
  return ifNoneMatch.split(',').some((given) => given.trim() === '*' || bare(given) === bare(tag))
}
