import { stopwatch } from '../../clock.ts'
import type { Queryable } from '../../db.ts'
import { measure } from '../../measurements.ts'
import { artefactsOf, type Artefacts } from './artefacts.ts'
import type { Format } from '../definition/definition.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { snapshotById } from '../snapshot/stored-snapshot.ts'

/** A stored snapshot with its pictures and files. */
export interface Drawn {
  snapshot: Snapshot
  artefacts: Artefacts
  /** What its mail carries. */
  formats: Format[]
}

/** Gives the drawing of a snapshot. */
export type Draw = (db: Queryable, accountId: number, snapshotId: number) => Promise<Drawn>

/**
 * Draws snapshots, each once for all who ask while it is among the last `most`: pictures take a tenth of a second, files of
 * many rows longer, and both are the same for everybody.
 */
export function drawings(most: number): Draw {
  const known = new Map<string, Promise<Drawn>>()
  return (db, accountId, snapshotId) => {
    const key = `${accountId} ${snapshotId}`
    const drawing = known.get(key) ?? draw(db, accountId, snapshotId)
    // Last in the map is who was asked for last.
    known.delete(key)
    known.set(key, drawing)
    drawing.catch(() => known.delete(key))
    for (const oldest of [...known.keys()].slice(0, -most)) known.delete(oldest)
    return drawing
  }
}

/** Draws a snapshot. @throws Error when it is gone, or not what was stored */
export async function draw(db: Queryable, accountId: number, snapshotId: number): Promise<Drawn> {
  const stored = await snapshotById(db, accountId, snapshotId)
  if (!stored) throw new Error(`snapshot ${snapshotId} is gone`)
  const { snapshot, formats } = stored
  const elapsed = stopwatch()
  const artefacts = await artefactsOf(snapshot, formats)
  measure('drawing', { seconds: elapsed() })
  return { snapshot, formats, artefacts }
}
