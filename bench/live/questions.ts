import { many, sql, type Pool } from '../../src/db.ts'
import type { Instant } from '../../src/clock.ts'

/** What Chatwoot asks the database for one report: the statements it sends, without Ruby's own time. */
export type Live = (pool: Pool, accountId: number, since: Instant, until: Instant) => Promise<unknown>

const labels = sql(import.meta.url, './labels.sql')
const labelAverages = sql(import.meta.url, './label-averages.sql')
const labelResolutions = sql(import.meta.url, './label-resolutions.sql')

const utc = (instant: Instant) => new Date(instant * 1000).toISOString().replace('T', ' ').replace('Z', '')

async function each(pool: Pool, statements: string[], values: unknown[]): Promise<void> {
  for (const statement of statements) await many(pool, statement, values)
}

const within = 'account_id = $1 and created_at >= $2 and created_at < $3'
const events = (select: string, name: string, group = '') =>
  `select ${select} from reporting_events where ${within} and name = '${name}' ${group}`

const totals = [
  `select count(*) from conversations where ${within}`,
  `select count(*) from messages where ${within} and message_type = 0`,
  `select count(*) from messages where ${within} and message_type = 1`,
  events('avg(value)', 'first_response'),
  events('avg(value)', 'conversation_resolved'),
  events('count(*)', 'conversation_resolved'),
  events('avg(value)', 'reply_time'),
]

/** Seven metrics over the range and over the one before it. */
export const liveSummary: Live = async (pool, accountId, since, until) => {
  await each(pool, totals, [accountId, utc(since), utc(until)])
  await each(pool, totals, [accountId, utc(since - (until - since)), utc(since)])
}

/** One row per agent. */
export const liveAgents: Live = (pool, accountId, since, until) =>
  each(
    pool,
    [
      `select assignee_id, count(*) from conversations where ${within} group by assignee_id`,
      events('user_id, count(*)', 'conversation_resolved', 'group by user_id'),
      events('user_id, avg(value)', 'conversation_resolved', 'group by user_id'),
      events('user_id, avg(value)', 'first_response', 'group by user_id'),
      events('user_id, avg(value)', 'reply_time', 'group by user_id'),
    ],
    [accountId, utc(since), utc(until)],
  )

/** One row per label. */
export const liveLabels: Live = async (pool, accountId, since, until) => {
  const values = [accountId, utc(since), utc(until)]
  await each(pool, [labels, labelResolutions], values)
  for (const name of ['conversation_resolved', 'first_response', 'reply_time']) await many(pool, labelAverages, [...values, name])
}

/** Reply time by local day: averages and counts are two statements. */
export const liveSeries: Live = (pool, accountId, since, until) => {
  const day = `date_trunc('day', created_at at time zone 'UTC' at time zone 'America/New_York')`
  return each(
    pool,
    [
      events(`${day} as day, avg(value)`, 'reply_time', 'group by 1'),
      events(`${day} as day, count(*)`, 'reply_time', 'group by 1'),
    ],
    [accountId, utc(since), utc(until)],
  )
}
