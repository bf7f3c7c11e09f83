import { budgetProblem, connectionBudget } from '../connections.ts'
import { one } from '../db.ts'
import { reasonOf } from '../failure.ts'
import { requirementsLacking } from '../source/attach.ts'
import { fail, ok, warn, type Check } from './check.ts'

const OLDEST = 14

interface Server {
  version: string
  number: number
  encoding: string
  replica: boolean
  name: string
}

/** Whether the database answers, and is one to work with. */
export const database: Check = {
  name: 'database',
  async look({ pool }) {
    const found = await one<Server & Record<string, unknown>>(
      pool,
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
         current_setting('server_encoding') as encoding, pg_is_in_recovery() as replica, current_database() as name`,
    ).catch((error: Error) => error)
    if (found instanceof Error) {
      return fail(`cannot be reached: ${reasonOf(found.message || found.name)}`, 'Start it, or correct DATABASE_URL.')
    }
    const what = `PostgreSQL ${found.version}, ${found.encoding}, database ${found.name}`
    if (found.number < OLDEST * 10_000) return fail(what, `Use PostgreSQL ${OLDEST} or newer.`)
    if (found.encoding !== 'UTF8') return fail(what, 'Names and mails need a database with the encoding UTF8.')
    if (found.replica) return fail(`${what}, a replica`, 'DATABASE_URL must lead to the server that is written to.')
    return ok(what)
  },
}

/** Whether the role may do what migrations, workers and reports do. */
export const rights: Check = {
  name: 'rights',
  needs: 'database',
  async look({ pool }) {
    const lacks = await requirementsLacking(pool)
    const missing = lacks.filter(({ lack }) => lack === 'table' || lack === 'column').map(({ name }) => name)
    const rights = lacks.filter(({ lack }) => lack !== 'table' && lack !== 'column')
    if (rights.length > 0) {
      const [first] = rights
      const more = rights.length > 1 ? ` and ${rights.length - 1} more` : ''
      return fail(
        `the role lacks ${first?.lack} on ${first?.name}${more}`,
        '`tidemark attach` prints the grants that are missing.',
      )
    }
    if (missing.length > 0) {
      return fail(
        `the database lacks ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ' …' : ''}`,
        'Run `tidemark migrate` on an empty database, or `tidemark attach` on a Chatwoot one.',
      )
    }
    return ok('the role may read the raw tables and make its own')
  },
}

/** Whether all processes together fit into what the server allows. */
export const connections: Check = {
  name: 'connections',
  needs: 'database',
  async look({ pool, config }) {
    const budget = await connectionBudget(pool, config.processes, config.redisUrl === undefined)
    const { needed, allowed, open } = budget
    const found = `${needed} of ${allowed} at most, ${open} open now, for ${config.processes.web} web and ${config.processes.worker} worker processes`
    const problem = budgetProblem(budget, config.processes)
    if (!problem) return ok(found)
    return needed > allowed ? fail(found, problem) : warn(found, problem)
  },
}
