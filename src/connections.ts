import { one, type Queryable } from './db.ts'
import { QUEUES } from './job.ts'

// How many connections to PostgreSQL the processes may open, so that it is known before a busy hour finds out.

/** Connections of a pool for work, and of the one that a web process reads reports with. */
const POOL = 10
/** Of a pool that BullMQ opens for one queue or one worker on PostgreSQL; a worker adds one that listens. */
export const QUEUE_POOL = 2
/** Read for metrics, apart from the work. */
const METRICS = 1
/** Asks the server about connections that are silent, for each pool that has any. */
const WATCH = 1
/** A verb at the command line, beside the processes. */
const VERB = POOL
/** Share of what the server allows that may be used up; the rest is for whoever else works on it, and for a deploy. */
const SHARE = 0.8

export interface Processes {
  web: number
  worker: number
}

/** What one process of a kind opens at most. */
export function connectionsOf(kind: keyof Processes, queueOnPostgres: boolean): number {
  const queues = queueOnPostgres ? QUEUES.length * QUEUE_POOL : 0
  // The pages of the queues open these in a web process, too.
  if (kind === 'web') return 2 * (POOL + WATCH) + METRICS + WATCH + queues
  return POOL + METRICS + 2 * WATCH + (queueOnPostgres ? queues + QUEUES.length * (QUEUE_POOL + 1) : 0)
}

/** What all processes and one verb open at most. */
export const connectionsNeeded = (processes: Processes, queueOnPostgres: boolean): number =>
  processes.web * connectionsOf('web', queueOnPostgres) + processes.worker * connectionsOf('worker', queueOnPostgres) + VERB

export interface ConnectionBudget {
  /** What Tidemark opens at most. */
  needed: number
  /** What the server lets this role open: max_connections without those reserved, or the limit of the role or the database. */
  allowed: number
  /** 80 % of it. */
  budget: number
  /** What everybody has open now. */
  open: number
}

/** Compares what the processes may open with what the server allows. */
export async function connectionBudget(db: Queryable, processes: Processes, queueOnPostgres: boolean): Promise<ConnectionBudget> {
  const { allowed, open } = await one<{ allowed: number; open: number }>(
    db,
    `select least(
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int,
       nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) as allowed,
       (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as open
     from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()`,
  )
  return { needed: connectionsNeeded(processes, queueOnPostgres), allowed, budget: Math.floor(allowed * SHARE), open }
}

/** What is wrong with the budget, and what to do; undefined when nothing is. */
export function budgetProblem({ needed, budget, allowed }: ConnectionBudget, { web, worker }: Processes): string | undefined {
  if (needed <= budget) return undefined
  return `${web} web and ${worker} worker processes (WEB_PROCESSES, WORKER_PROCESSES) may open ${needed} connections to PostgreSQL, more than 80 % of the ${allowed} that it allows: raise max_connections to ${Math.ceil(needed / SHARE) + 10}, run fewer processes, or keep the queue in Redis.`
}
