import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Client } from '../db.ts'
import { encodeCells, type Cell } from './cells.ts'
import { columns, rawTables, type RawTable } from './columns.ts'

/** Rows that wait to be written, as lines of COPY's text format, and the ids they get. */
export interface RawRows {
  /** The next id of the table, for a row that is put later. */
  nextId(table: RawTable): number
  /** Puts a row under an id given before; `cells` are those after the id. */
  put(table: RawTable, id: number, cells: readonly Cell[]): void
  /** The same with its cells encoded already. */
  putLine(table: RawTable, id: number, cells: string): void
  /** Puts a row under the next id. */
  add(table: RawTable, cells: readonly Cell[]): void
  /** Characters that wait. */
  waiting(): number
  /** Writes what waited when it was called; more may be put meanwhile. Only one at a time on a client. */
  write(tx: Client): Promise<void>
  /** Rows put so far, by table. */
  counts(): Record<RawTable, number>
  /** The last id given, by table; only of tables that gave any. */
  lastIds(): ReadonlyMap<RawTable, number>
}

/** @param taken the last id of each table that is taken already. */
export function rawRows(taken: ReadonlyMap<RawTable, number>): RawRows {
  const counts = Object.fromEntries(rawTables.map((table) => [table, 0])) as Record<RawTable, number>
  const lastIds = new Map<RawTable, number>()
  let lines: Partial<Record<RawTable, string[]>> = {}
  let waiting = 0
  const nextId = (table: RawTable) => {
    const id = (lastIds.get(table) ?? taken.get(table) ?? 0) + 1
    lastIds.set(table, id)
    return id
  }
  const putLine = (table: RawTable, id: number, cells: string) => {
    const list = (lines[table] ??= [])
    list.push(`${id}\t${cells}`)
    waiting += cells.length
    counts[table]++
  }
  return {
    nextId,
    putLine,
    put: (table, id, cells) => putLine(table, id, encodeCells(cells)),
    add: (table, cells) => putLine(table, nextId(table), encodeCells(cells)),
    waiting: () => waiting,
    counts: () => ({ ...counts }),
    lastIds: () => lastIds,
    async write(tx) {
      const batch = lines
      lines = {}
      waiting = 0
      for (const table of rawTables) if (batch[table]) await copy(tx, table, batch[table])
    },
  }
}

// One CopyData message of this many lines: large enough to cost no time per message, small enough to keep both ends busy.
const linesAtOnce = 2000

async function copy(tx: Client, table: RawTable, lines: readonly string[]): Promise<void> {
  const stream = tx.query(copyFrom(`copy public.${table} (id, ${columns[table]}) from stdin`))
  let refused = false
  const done = finished(stream)
  // Thrown by the last line; until then a refusal must neither end the process nor be written to.
  done.catch(() => (refused = true))
  for (let i = 0; i < lines.length && !refused; i += linesAtOnce) {
    const chunk = lines.slice(i, i + linesAtOnce).join('\n') + '\n'
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done])
  }
  if (!refused) stream.end()
  await done
}
