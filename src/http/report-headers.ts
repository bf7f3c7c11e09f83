import type { FastifyReply } from 'fastify'
import type { Answer } from '../reports/answer.ts'

/** Says how a report was made, in headers, and hands its data on. While nothing is rolled there is no instant to name. */
export function told<T>(reply: FastifyReply, { data, source, completeThrough }: Answer<T>): T {
  reply.header('x-report-source', source)
  if (completeThrough !== undefined)
    reply.header('x-data-complete-through', new Date(Math.max(0, completeThrough) * 1000).toISOString())
  return data
}
