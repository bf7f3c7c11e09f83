import type { FastifyReply } from 'fastify'
import type { Answer } from '../reports/answer.ts'

/** Says how a report was made, in headers, and hands its data on. While nothing is rolled, rollups reach to 1970. */
export function told<T>(reply: FastifyReply, { data, source, completeThrough }: Answer<T>): T {
  reply.header('x-report-source', source)
  reply.header('x-data-complete-through', new Date(Math.max(0, completeThrough ?? 0) * 1000).toISOString())
  return data
}
