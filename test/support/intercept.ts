import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Pool, Prepared } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'

/** What to do around each statement that code under test sends. */
export interface Interception {
  /** Before it; `skip` keeps it from the server, which then answers nothing. */
  before?: (text: string) => Promise<'skip' | void> | 'skip' | void
  /** The statement that is sent instead. */
  instead?: (text: string) => string
  /** After it, on the same connection. */
  after?: (text: string, client: Client) => Promise<void>
}

type Bound = Prepared & { values: unknown[] }

/** The same pool, with something done around each statement. It is how tests take a guard away or choose a moment. */
export function intercept(pool: Pool, { before, instead, after }: Interception): Pool {
  const query = async (target: Pool | Client, given: string | Bound, values: unknown[], client?: Client) => {
    const text = typeof given === 'string' ? given : given.text
    if ((await before?.(text)) === 'skip') return { rows: [], rowCount: 0 }
    const sent = instead?.(text) ?? text
    // One that is prepared goes by its name as long as it is itself.
    const result = await (typeof given !== 'string' && sent === text
      ? target.query(given)
      : target.query(sent, typeof given === 'string' ? values : given.values))
    if (client) await after?.(text, client)
    return result
  }
  const wrap = <T extends Pool | Client>(target: T, special: Partial<Record<string, unknown>>): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = special[key as string] ?? Reflect.get(target, key)
        return typeof value === 'function' && !(key in special) ? value.bind(target) : value
      },
    })
  const wrapClient = (client: Client) =>
    wrap(client, { query: (text: string | Bound, values: unknown[] = []) => query(client, text, values, client) })
  return wrap(pool, {
    query: (text: string | Bound, values: unknown[] = []) => query(pool, text, values),
    connect: async () => wrapClient(await pool.connect()),
  })
}

/** Transactions of this pool see exactly what the exporter of the snapshot sees. */
export function atSnapshot(pool: Pool, snapshot: string): Pool {
  return intercept(pool, {
    after: async (text, client) => {
      if (text.startsWith('begin')) await client.query(`set transaction snapshot '${snapshot}'`)
    },
  })
}

/** A pool whose statements arrive a little late, each by another random time, as on a busy machine. */
export function jittered(pool: Pool, random: Random, milliseconds: number): Pool {
  return intercept(pool, { before: () => sleep(random.between(0, milliseconds)) })
}

/**
 * A broken variant: whoever rolls an account through this pool takes no lock. Nor that of the account's row, which comes with
 * making sure that it is there.
 */
export function withoutRollLock(pool: Pool): Pool {
  const takesLock = (text: string) => text.includes(`hashtext('tidemark roll')`) || text.includes('insert into tidemark.accounts')
  return intercept(pool, { before: (text) => (takesLock(text) ? 'skip' : undefined) })
}
