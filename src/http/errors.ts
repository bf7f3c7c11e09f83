import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isSqlState, SQLSTATE, tookTooLong } from '../db.ts'
import { invalid, Refusal } from '../errors.ts'
import { failureOf } from '../failure.ts'
import { MESSAGE_POLICY, messagePage } from './message-page.ts'

/** How a route words its errors: as Chatwoot does, as RFC 9457 problem documents, or as a page for people. */
export type ErrorShape = 'chatwoot' | 'problem' | 'page'

/** PostgreSQL cannot be reached, is starting or stopping, or has no connection left; 40001: a replica needed the rows. */
const unreachable = /^(ECONN(REFUSED|RESET)|E(HOST|NET)UNREACH|EAI_AGAIN|ENOENT|ENOTFOUND|EPIPE|ETIMEDOUT|40001|53300|57P0[123])$/
/** What the driver says, without a code, of a connection that broke. */
const brokenConnection = /^(Connection terminated|Client has encountered a connection error)/

/** Answers every error of a request; the only place that turns one into a status and a body. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error)
  if (refusal.status >= 500) request.log.error({ err: failureOf(error) }, 'request failed')
  const shape = request.routeOptions?.config.errors ?? (request.url.startsWith('/api/v1/') ? 'problem' : 'chatwoot')
  reply.code(refusal.status)
  if (refusal.retryAfter !== undefined) reply.header('retry-after', Math.ceil(refusal.retryAfter))
  if (shape === 'page') {
    const { status, message } = refusal
    return reply
      .header('content-security-policy', MESSAGE_POLICY)
      .type('text/html; charset=utf-8')
      .send(messagePage(status, message))
  }
  if (shape === 'problem') return reply.type('application/problem+json').send(problemOf(refusal, request.id))
  // Where Chatwoot says nothing, neither do we: the status alone.
  if (refusal.message === '') return reply.send()
  return reply.type('application/json; charset=utf-8').send(chatwootBody(refusal))
}

/** What an error means to the person who asked. Whatever nobody foresaw is a 500 that shows nothing of its inside. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isSqlState(error, SQLSTATE.statementTimeout)) return tookTooLong()
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation
    const name = first?.instancePath.slice(1)
    return invalid(name ? `${name}: ${first?.message}` : String(first?.message))
  }
  const { code, statusCode, message } = (error ?? {}) as Partial<FastifyError>
  if (unreachable.test(code ?? '') || brokenConnection.test(message ?? '')) {
    return new Refusal('unavailable', 'The database cannot be reached at the moment. Please try again.', { status: 503 })
  }
  // The framework's own refusals (bad address, unknown media type, too many requests) say nothing secret.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal(code ?? 'refused', message ?? 'The request was refused.', { status: statusCode })
  }
  return new Refusal('internal', 'Something went wrong here; the log has the details.', { status: 500, exitCode: 1 })
}

function chatwootBody({ code, message }: Refusal): object {
  return code === 'sign_in' ? { errors: [message] } : { error: message }
}

function problemOf({ code, message, status }: Refusal, requestId: string): object {
  return { type: 'about:blank', title: STATUS_CODES[status], status, detail: message, code, request_id: requestId }
}
