import { many, one, sql } from '../db.ts'
import { inWords } from '../time/duration-text.ts'
import { fail, ok, warn, type Check } from './check.ts'

const dirtyBacklog = sql(import.meta.url, './dirty-backlog.sql')

/** Seconds that the oldest mark may wait: a sweep comes every few seconds, a busy hour takes a minute or two. */
const PATIENCE = { warn: 120, fail: 900 }

interface Heartbeat {
  job: string
  every: number
  age: number
}

/** Whether workers do what they do by themselves. */
export const heartbeats: Check = {
  name: 'heartbeats',
  needs: 'tables',
  async look({ pool }) {
    const { recorded } = await one<{ recorded: boolean }>(
      pool,
      `select to_regclass('tidemark.heartbeats') is not null as recorded`,
    )
    if (!recorded) return ok('not recorded before `tidemark migrate`')
    const beats = await many<Heartbeat & Record<string, unknown>>(
      pool,
      `select job, every_seconds as every, extract(epoch from clock_timestamp() - at)::float8 as age from tidemark.heartbeats order by at`,
    )
    const [oldest] = beats
    if (!oldest) return warn('no worker has run yet', 'Start one: `tidemark worker`.')
    const late = beats.filter(({ every, age }) => age > 3 * every + 60)
    if (late.length === 0) return ok(`${beats.length} beat, the last of each at most ${inWords(oldest.age)} ago`)
    const [first] = late
    return fail(
      `${late.length} of ${beats.length} have stopped: ${first?.job}, due every ${inWords(first?.every ?? 0)}, last ${inWords(first?.age ?? 0)} ago`,
      'Is a worker running, and does it reach the queue? Its log says what fails.',
    )
  },
}

/** Whether rollups keep up with the raw rows. Reports are exact all the same, and slower. */
export const backlog: Check = {
  name: 'backlog',
  needs: 'tables',
  async look({ pool }) {
    const accounts = await many<{ id: number | null; age: number | null; failed: number }>(pool, dirtyBacklog)
    const failed = accounts.filter((account) => account.failed > 0)
    const age = Math.max(0, ...accounts.map((account) => account.age ?? 0))
    const waits =
      accounts.length === 0 ? 'nothing waits to be rolled' : `${accounts.length} accounts wait, the oldest mark ${inWords(age)}`
    if (failed.length > 0) {
      const hours = failed.reduce((sum, account) => sum + account.failed, 0)
      return warn(
        `${waits}; ${hours} quarters of an hour cannot be rolled, of account ${failed
          .map(({ id }) => id)
          .slice(0, 5)
          .join(', ')}`,
        '`tidemark rollup status` and the worker’s log tell why; they are tried again by themselves.',
      )
    }
    if (age < PATIENCE.warn) return ok(waits)
    return (age < PATIENCE.fail ? warn : fail)(waits, 'Start workers, or more of them.')
  },
}
