import { setTimeout as sleep } from 'node:timers/promises'
import { one, run, type Pool } from '../../src/db.ts'
import { intercept } from './intercept.ts'

/** A moment of some code, named by the statement that it sends then. */
export interface Moment {
  name: string
  when: 'before' | 'after'
  statement: RegExp
  /** Only once this has been sent. */
  since?: RegExp
}

/** What dies: the connection alone, so that the code hears of it; or the process, so that nothing of it goes on. */
export type Death = 'connection' | 'process'

/**
 * A pool on which, at a moment, the backend of the transaction is terminated, once. The server is through with it when the
 * code goes on, or would have.
 */
export function dyingAt(pool: Pool, { statement, when, since }: Moment, death: Death): { pool: Pool; died(): boolean } {
  let [begun, died] = [since === undefined, false]
  let backend = 0
  const at = async (text: string, now: Moment['when']) => {
    if (!died && begun && now === when && statement.test(text)) {
      died = true
      await run(pool, 'select pg_terminate_backend($1)', [backend])
      while (await isThere(pool, backend)) await sleep(5)
    }
    if (died && death === 'process') throw new Error('nothing of a dead process goes on')
  }
  const dying = intercept(pool, {
    before: async (text) => {
      await at(text, 'before')
    },
    after: async (text, client) => {
      if (text.startsWith('begin')) backend = (await one<{ pid: number }>(client, 'select pg_backend_pid() as pid')).pid
      await at(text, 'after')
      begun ||= since!.test(text)
    },
  })
  return { pool: dying, died: () => died }
}

const isThere = async (pool: Pool, backend: number) =>
  (await one<{ there: boolean }>(pool, 'select exists (select from pg_stat_activity where pid = $1) as there', [backend])).there
