import type { Asked, RangeName } from './asked.ts'
import type { Statement } from './live/statements.ts'

/** One report: where Tidemark answers it, and the SQL that answers it from raw rows. */
export interface Question {
  name: string
  ranges: readonly RangeName[]
  /** The version and what is below the account, such as `v2/reports/summary`. */
  path: string
  /** Parameters beside `since` and `until`. */
  query?: (asked: Asked) => Record<string, string>
  /** Sent one after the other, as Chatwoot does; where Chatwoot has no such report, what one would write for it. */
  live: (asked: Asked) => Statement[]
}

/** Whole local days, as report pages ask for them. */
export const days = ['30 days', '365 days'] as const satisfies RangeName[]
/** And once with both ends inside an hour, so that they are read from raw rows. */
export const daysAndSeconds = [...days, '365 days to the second'] as const satisfies RangeName[]

/** The address of a question. */
export function addressOf({ path, query }: Question, asked: Asked): string {
  const [version, ...rest] = path.split('/')
  const range = { since: String(asked.since), until: String(asked.until) }
  const parameters = new URLSearchParams({ ...range, ...query?.(asked) })
  return `/api/${version}/accounts/${asked.accountId}/${rest.join('/')}?${parameters.toString()}`
}
