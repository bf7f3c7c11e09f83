import { createHash } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../errors.ts'
import { tokenOf } from './auth.ts'
import { MAX_URL } from './query.ts'

/**
 * Bounds what one caller can send: the length of an address, and requests a minute for each token (for each address
 * where there is no token). Counted in this process; several web processes allow several times as much.
 */
export function limitRequests(app: FastifyInstance, requestsAMinute: number): void {
  app.addHook('onRequest', async (request) => {
    if (request.originalUrl.length <= MAX_URL) return
    throw new Refusal('address_too_long', `The address is longer than ${MAX_URL} characters. Shorten its parameters.`, {
      status: 414,
    })
  })
  app.register(rateLimit, {
    max: requestsAMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => {
      const token = tokenOf(request.headers)
      // The digest, so that no token stays in memory.
      return token === undefined ? request.ip : createHash('sha256').update(token).digest('base64')
    },
    errorResponseBuilder: (_request, { max, after }) =>
      new Refusal('rate_limited', `More than ${max} requests a minute. Try again in ${after}.`, { status: 429 }),
  })
}
