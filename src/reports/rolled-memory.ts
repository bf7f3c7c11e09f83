import { createHash } from 'node:crypto'
import { isSqlState, many, SQLSTATE, type Client, type Pool } from '../db.ts'

/** Rows that a process keeps at most, some 20 MB: 250 answers about 200 agents each. */
const ROWS = 50_000
/** What alone would push out much else is read anew each time. */
const ROWS_OF_ONE = ROWS / 10

/** Reads rolled rows, or remembers them. */
export type ReadRolledRows = <R extends Record<string, unknown>>(
  statement: string,
  values: readonly unknown[],
) => Promise<readonly Readonly<R>[]>

type Rows = readonly Readonly<Record<string, unknown>>[]

interface Remembered {
  version: string
  rows: Rows
}

/**
 * What has been added up from rolled rows, for those who ask the same again before anything is rolled. It is exact: whoever changes
 * rolled rows in what is covered writes the account's own row in the same transaction, one such transaction after the other (the roll
 * lock). Two snapshots that see the same writing of that row see the same rolled rows, and `version` is that writing's name.
 */
export class RolledMemory {
  /** Those asked for last at the end. */
  readonly #known = new Map<string, Remembered>()
  /** What is being read at the moment, by version too: right after a roll all who ask the same wait for the first of them. */
  readonly #awaited = new Map<string, Promise<Rows>>()
  #rows = 0

  /** What this statement gives for these values, which name the account, while it has this version. */
  readerOf(tx: Client, version: string): ReadRolledRows {
    return async <R extends Record<string, unknown>>(statement: string, values: readonly unknown[]) => {
      // Not the texts themselves, which may name each hour of a year.
      const key = createHash('sha256').update(statement).update(values.map(String).join('\n')).digest('base64')
      const known = this.#known.get(key)
      const read = () => this.#readOnce(`${version} ${key}`, () => readFrom(tx, statement, values))
      const rows = known?.version === version ? known.rows : await read()
      this.#forget(key)
      if (rows.length <= ROWS_OF_ONE) this.#keep(key, { version, rows })
      return rows as readonly R[]
    }
  }

  async #readOnce(key: string, read: () => Promise<Rows>): Promise<Rows> {
    for (let other = this.#awaited.get(key); other; other = this.#awaited.get(key)) {
      try {
        return await other
      } catch (error) {
        // It would take as long again. What else befell the other is none of this one's concern.
        if (isSqlState(error, SQLSTATE.statementTimeout)) throw error
      }
    }
    const rows = read()
    this.#awaited.set(key, rows)
    try {
      return await rows
    } finally {
      this.#awaited.delete(key)
    }
  }

  #keep(key: string, remembered: Remembered): void {
    this.#known.set(key, remembered)
    this.#rows += remembered.rows.length + 1
    for (const oldest of this.#known.keys()) {
      if (this.#rows <= ROWS) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    const known = this.#known.get(key)
    if (!known) return
    this.#known.delete(key)
    this.#rows -= known.rows.length + 1
  }
}

async function readFrom(tx: Client, statement: string, values: readonly unknown[]): Promise<Rows> {
  const rows = await many(tx, statement, [...values])
  // Whoever changed a row would change it for all who ask the same.
  for (const row of rows) Object.freeze(row)
  return rows
}

const memories = new WeakMap<Pool, RolledMemory>()

/** That of the database which a pool reads. */
export const memoryOf = (pool: Pool): RolledMemory => memories.get(pool) ?? memories.set(pool, new RolledMemory()).get(pool)!
