import { findEntity } from '../accounts/entities.ts'
import type { Queryable } from '../db.ts'
import { invalid, notFound } from '../errors.ts'
import type { Subject } from '../reports/values.ts'
import { dimensionNames } from '../rollups/parts.ts'
import { idOf } from './request.ts'

/**
 * What a request is about, from its `type` and `id`.
 * @throws Refusal 422 without a known type; 404 for an id that this account does not have (an agent who left, another
 * account's inbox).
 */
export async function subjectOf(
  db: Queryable,
  accountId: number,
  query: { type?: string | undefined; id?: string | undefined },
): Promise<Subject> {
  const dimension = dimensionNames.find((name) => name === query.type)
  if (!dimension) throw invalid(`type must be one of ${dimensionNames.join(', ')}.`)
  if (dimension === 'account') return { dimension }
  const id = idOf(query.id)
  if (Number.isNaN(id) || !(await findEntity(db, accountId, dimension, id))) throw notFound()
  return { dimension, id }
}
