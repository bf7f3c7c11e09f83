import { many, sql } from '../db.ts'
import { filterClause, filterColumns } from '../rollups/rolling/filter.ts'
import { dimensions } from '../rollups/parts.ts'
import type { Ask, SumsRow } from './sums.ts'

const contacts = sql(import.meta.url, './contacts.sql')

/** Different contacts by piece and id, from the raw conversations: who comes twice would be counted twice by any sum of buckets. */
export async function readContacts({ tx, accountId, question, scope, pieces }: Ask): Promise<SumsRow[]> {
  const starts = pieces.map((piece) => piece.from)
  const values: unknown[] = [accountId, starts, question.since, question.until, dimensions[scope.dimension], scope.ids]
  const filter = filterClause(scope.filter, filterColumns.conversations, (ids) => `$${values.push(ids)}`)
  const rows = await many<{ piece: number; id: number; contacts: number }>(
    tx,
    contacts.replace('/*filter*/', () => filter),
    values,
  )
  return rows.map(({ piece, id, contacts }) => ({ piece, id, sums: { contacts } }))
}
