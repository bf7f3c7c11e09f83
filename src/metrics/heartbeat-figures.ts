import { many } from '../db.ts'
import type { Figures } from './figures.ts'

/** By how much of its interval a heartbeat may be late: a run of hours, such as the daily purge, ends sometimes later, sometimes sooner. */
const SLACK = 0.1

/** When the heartbeats last did their work, whichever worker they ran in. */
export const heartbeatFigures: Figures = {
  name: 'heartbeats',
  help: {
    heartbeat_age_seconds: 'Since when a heartbeat has not done its work',
    heartbeat_overdue_seconds: 'The same beyond its interval and a tenth of it; 0: it is on time',
  },
  labels: { heartbeat_age_seconds: ['heartbeat'], heartbeat_overdue_seconds: ['heartbeat'] },
  async read({ pool }) {
    const rows = await many<{ heartbeat: string; age: number; every: number }>(
      pool,
      `select job as heartbeat, extract(epoch from clock_timestamp() - at)::float8 as age, every_seconds as every
       from tidemark.heartbeats order by job limit 100`,
    )
    const of = (value: (row: (typeof rows)[number]) => number) =>
      rows.map((row) => ({ labels: { heartbeat: row.heartbeat }, value: Math.max(0, value(row)) }))
    return {
      heartbeat_age_seconds: of(({ age }) => age),
      heartbeat_overdue_seconds: of(({ age, every }) => age - (1 + SLACK) * every),
    }
  },
}
