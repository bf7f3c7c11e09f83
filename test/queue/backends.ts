import { Redis } from 'ioredis'
import { describe } from 'vitest'
import { isSqlState, SQLSTATE, type Pool } from '../../src/db.ts'
import { createDatabase } from '../support/database.ts'
import { requireProgram } from '../support/programs.ts'
import { startRedis } from '../support/redis.ts'

/** Where the queue of a test lives: always with a database, which holds the plan. */
export interface TestBackend {
  pool: Pool
  url: string
  redisUrl: string | undefined
  /** Loses everything that is in the queue, as FLUSHALL or a lost disk would. */
  empty(): Promise<void>
  drop(): Promise<void>
}

type Kind = 'PostgreSQL' | 'Redis'

/** The stores to run a suite on: Redis only where it is installed. */
export const kinds: Kind[] = (await requireProgram('redis-server')) ? ['PostgreSQL', 'Redis'] : ['PostgreSQL']

/** Describes the same on every store, side by side since most of it is waiting; the tests of one store run in turn. */
export function describeOnEach(name: string, tests: (kind: Kind) => void): void {
  describe.concurrent.each(kinds)(name, (kind) => {
    describe.sequential('in turn', () => tests(kind))
  })
}

export function openBackend(kind: Kind): Promise<TestBackend> {
  return kind === 'Redis' ? openRedis() : openPostgres()
}

async function openPostgres(): Promise<TestBackend> {
  const { pool, url, drop } = await createDatabase()
  return {
    pool,
    url,
    redisUrl: undefined,
    async empty() {
      const text = 'truncate bullmq.job, bullmq.scheduler, bullmq.meta, bullmq.dedup, bullmq.event cascade'
      // A worker that takes two of the tables the other way round may be in its way.
      const again = (error: unknown) => {
        if (!isSqlState(error, SQLSTATE.deadlock)) throw error
        return false
      }
      while (!(await pool.query(text).then(() => true, again)));
    },
    drop,
  }
}

async function openRedis(): Promise<TestBackend> {
  const server = await startRedis()
  if (!server) throw new Error('Redis was there a moment ago')
  const { pool, url, drop } = await createDatabase()
  const redis = new Redis(server.url)
  return {
    pool,
    url,
    redisUrl: server.url,
    async empty() {
      await redis.flushall()
    },
    async drop() {
      redis.disconnect()
      await server.stop()
      await drop()
    },
  }
}
