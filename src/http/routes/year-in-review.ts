import { z } from 'zod'
import type { Instant } from '../../clock.ts'
import { invalid } from '../../errors.ts'
import { yearInReview } from '../../reports/chatwoot/year-in-review.ts'
import type { RouteFamily } from '../app.ts'
import { failures } from '../failures.ts'
import { told } from '../report-headers.ts'
import { accountPath, text } from '../request.ts'

const query = z.object({
  year: text.optional().meta({ description: 'A calendar year in UTC; last year if missing.', example: '2025' }),
})
const body = z.object({
  year: z.int(),
  total_conversations: z.int(),
  busiest_day: z.object({ date: z.string().meta({ example: 'Mar 05' }), count: z.int() }).nullable(),
  support_personality: z.object({ avg_response_time_seconds: z.int() }),
})

/** `/year_in_review`: what the caller himself did in a year, for everybody who is a user. */
export const yearInReviewRoutes: RouteFamily = (app, { readPool, clock }) => {
  const schema = {
    tags: ['Reports'],
    summary: 'Your own year',
    params: accountPath,
    querystring: query,
    response: { 200: body, ...failures },
  }
  app.get('/year_in_review', { schema }, async ({ query, caller: { accountId, userId } }, reply) => {
    const review = told(reply, await yearInReview(readPool, accountId, userId ?? 0, yearOf(query.year, clock())))
    const { year, conversations, busiestDay, avgFirstResponseTime } = review
    return {
      year,
      total_conversations: conversations,
      busiest_day: busiestDay && { date: shortDate(busiestDay.start), count: busiestDay.conversations },
      support_personality: { avg_response_time_seconds: Math.trunc(avgFirstResponseTime ?? 0) },
    }
  })
}

function yearOf(given = '', now: Instant): number {
  const digits = given.trim()
  if (digits === '') return new Date(now * 1000).getUTCFullYear() - 1
  if (/^(19[7-9]|20\d)\d$/.test(digits)) return Number(digits)
  throw invalid('year must be a year from 1970 to 2099, such as 2025.')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** A date in UTC as `Mar 05`. */
function shortDate(instant: Instant): string {
  const date = new Date(instant * 1000)
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, '0')}`
}
