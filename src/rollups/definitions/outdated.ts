import { many, sql, type Queryable } from '../../db.ts'
import type { Span } from '../coverage.ts'
import { changedSince, DEFINITIONS } from './definitions.ts'

const outdatedSql = sql(import.meta.url, './outdated.sql')

/** What of an account was rolled by other definitions than this release's, ascending, and which metrics have changed since. */
export interface Outdated {
  spans: Span[]
  changed: string[]
}

interface Row extends Record<string, unknown> {
  id: number
  definitions: string
  outdated: string | null
  froms: number[]
  untils: number[]
}

/** Those of some accounts of which something was rolled by other definitions. */
export async function outdatedOf(db: Queryable, accountIds: readonly number[]): Promise<Map<number, Outdated>> {
  const rows = await many<Row>(db, outdatedSql, [accountIds, DEFINITIONS])
  return new Map(rows.map((row) => [row.id, { spans: spansOf(row), changed: changedOf(row) }]))
}

const spansOf = ({ froms, untils }: Row): Span[] => froms.map((from, i) => ({ from, until: untils[i]! }))

const changedOf = ({ definitions, outdated }: Row): string[] =>
  [...new Set([...changedSince(definitions), ...(outdated === null ? [] : changedSince(outdated))])].toSorted()
