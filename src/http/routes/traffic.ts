import { z } from 'zod'
import { invalid } from '../../errors.ts'
import { trafficCsv } from '../../reports/chatwoot/traffic.ts'
import { offsetHours } from '../../time/rails.ts'
import type { RouteFamily } from '../app.ts'
import { attachment, csvContent } from '../attachment.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, wholeOf, text } from '../request.ts'

const query = z.object({
  timezone_offset: text.optional().meta({
    description: 'Hours ahead of UTC, daylight saving time left out; needed. Dates and hours in the file are UTC all the same.',
    example: '-4',
  }),
  days_before: text.optional().meta({ description: 'Days before today (UTC), which is left out; 6 if missing.', example: '6' }),
})

/** `/reports/conversation_traffic`: a CSV of conversations by hour and date. */
export const trafficRoutes: RouteFamily = (app, { readPool, clock }) => {
  const schema = {
    tags: ['Lists'],
    summary: 'Conversations by hour of the day and date, as a file',
    params: accountPath,
    querystring: query,
    response: { 200: { description: 'The file', content: csvContent }, ...failures },
  }
  app.get('/reports/conversation_traffic', { schema }, async ({ query, caller: { accountId } }, reply) => {
    if (query.timezone_offset === undefined) {
      throw invalid('The file needs timezone_offset: the hours that its zone is ahead of UTC, such as -4 or 5.5.')
    }
    const hours = offsetHours(query.timezone_offset)
    const days = query.days_before?.trim() ? wholeOf(query.days_before) : 6
    const report = await trafficCsv(readPool, accountId, { hours, days, now: clock() })
    return reply.headers(attachment('conversation_traffic_reports')).send(told(reply, report))
  })
}
