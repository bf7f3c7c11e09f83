import type { Queryable } from '../../db.ts'
import { errorReporter } from '../../failure.ts'
import { metrics, type Figure } from '../../rollups/metrics.ts'
import { digestMetrics, type Correction, type DigestMetric, type FrozenPeriod, type Pair, type Snapshot } from './snapshot.ts'
import { snapshotOfPeriod } from './stored-snapshot.ts'

/** How many of the smallest steps that a reader is shown make one of the unit: whole counts and seconds, 91.7 %, 4.52. */
const STEPS = { count: 1, seconds: 1, percent: 10, rating: 100 } as const

type Totals = Record<DigestMetric, Pair>

/**
 * The totals of earlier snapshots of the same digest, for the same viewers, that are no longer right: those of the edition
 * before, and those of the period that is compared with, which its own mail has reported. They are held against what this
 * snapshot gives for the same period, as far as a reader would see a difference.
 * @param lens the viewers' key
 */
export async function restated(db: Queryable, snapshot: Snapshot, lens: string): Promise<Correction[]> {
  const { edition, period, previous, totals, comparedWith } = snapshot
  const again = edition > 1 ? await earlier(db, snapshot, lens, period) : undefined
  const before = comparedWith ? await earlier(db, snapshot, lens, previous) : undefined
  return [
    ...(again ? differences(again.totals, totals, 'current', period) : []),
    ...(before ? differences(before.totals, totals, 'previous', previous) : []),
  ]
}

/** The newest stored snapshot of a period, when it counts as this one does. */
async function earlier(
  db: Queryable,
  snapshot: Snapshot,
  lens: string,
  { firstDate, lastDate }: FrozenPeriod,
): Promise<Snapshot | undefined> {
  try {
    const { account, digest } = snapshot
    const stored = await snapshotOfPeriod(db, account.id, digest.id, { firstDate, lastDate }, lens)
    return stored && basisOf(stored.snapshot) === basisOf(snapshot) ? stored.snapshot : undefined
  } catch (error) {
    // What somebody has edited says nothing about what was sent; and it is no reason to send nothing more.
    errorReporter('an earlier snapshot cannot be compared with')(error as Error)
    return undefined
  }
}

/** What figures rest on; ids, as names may change. */
const basisOf = ({ zone, businessHours, scope }: Snapshot) =>
  JSON.stringify([zone, businessHours, scope.map(({ dimension, id }) => [dimension, id])])

function differences(was: Totals, now: Totals, which: keyof Pair, { firstDate, lastDate }: FrozenPeriod): Correction[] {
  return digestMetrics
    .map((metric) => ({ metric, firstDate, lastDate, was: was[metric]?.current, now: now[metric][which] }))
    .filter((correction) => correction.was !== undefined && differs(correction.metric, correction.was, correction.now))
}

function differs(metric: DigestMetric, { value: was }: Figure, { value: now }: Figure): boolean {
  if (was === null || now === null) return was !== now
  // Sums that were added up in another order differ by less, perhaps on either side of a step's middle.
  if (Math.abs(was - now) <= 1e-9 * Math.max(Math.abs(was), Math.abs(now))) return false
  const steps = STEPS[metrics[metric].unit]
  return Math.round(was * steps) !== Math.round(now * steps)
}
