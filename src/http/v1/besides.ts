import type { FastifyReply } from 'fastify'
import type { Answer } from '../../reports/answer.ts'
import type { Range } from '../../reports/values.ts'
import { told } from '../report-headers.ts'
import type { Understood } from './asked.ts'

/** A report over the range asked for and over the one that it is compared with, if any. The headers speak of the first. */
export async function besides<T>(
  { range, compareWith }: Pick<Understood, 'range' | 'compareWith'>,
  reply: FastifyReply,
  reportOn: (range: Range) => Promise<Answer<T>>,
): Promise<{ now: T; previous: T | undefined }> {
  const now = told(reply, await reportOn(range))
  return { now, previous: compareWith && (await reportOn(compareWith)).data }
}
