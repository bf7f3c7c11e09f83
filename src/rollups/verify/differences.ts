import type { Instant } from '../../clock.ts'
import { isSame, type StoredRow } from './stored-rows.ts'

/** A rollup row that is not what its raw rows give: as it is stored and as it should be; null where there should be none. */
export interface Difference {
  table: string
  bucket: Instant
  dimension: number
  dimensionId: number
  stored: Record<string, unknown> | null
  recomputed: Record<string, unknown> | null
}

/** A difference, with what tells its row from all others of the account. */
export interface FoundDifference extends Difference {
  key: string
}

/** Where rows differ, or are on one side only. */
export function differencesOf(stored: Map<string, StoredRow>, recomputed: Map<string, StoredRow>): FoundDifference[] {
  const keys = new Set([...stored.keys(), ...recomputed.keys()])
  return [...keys].flatMap((key) => {
    const [before, after] = [stored.get(key), recomputed.get(key)]
    return before && after && isSame(before.parts, after.parts) ? [] : [difference(key, before, after)]
  })
}

function difference(key: string, stored: StoredRow | undefined, recomputed: StoredRow | undefined): FoundDifference {
  const { table, bucket, dimension, dimension_id } = (recomputed ?? stored)!
  return {
    key,
    table,
    bucket,
    dimension,
    dimensionId: dimension_id,
    stored: stored?.parts ?? null,
    recomputed: recomputed?.parts ?? null,
  }
}
