import type { CrossedRow } from '../../reports/report.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import type { Dimension } from '../../rollups/parts.ts'
import type { Basis } from './basis.ts'
import { dimensionOf, type Request } from './figures.ts'
import { normalized } from '../composing/lenses.ts'
import { digestMetrics, tableNames, type Pair, type Snapshot } from './snapshot.ts'
import { snapshotOn, type Extent } from './take-snapshot.ts'

/** Extents whose tables are read together: enough to make the cost of one of them small, few enough to be kept in memory. */
const BATCH = 50
/** With fewer of a kind each is read by itself. */
const WORTHWHILE = 3

/** An extent that is a digest's own, narrowed to one id of one dimension: what a lead of one team or an agent is shown. */
interface Narrow extends Extent {
  by: 'inbox' | 'agent' | 'team'
  id: number
}

/**
 * Takes the snapshots of a slot's lenses, one after the other, so that no more than one is in memory. Their tables cross
 * dimensions, which raw rows tell; for lenses of one team (agent, inbox) each, these are read once for 50 of them.
 */
export async function* snapshotsOn(basis: Basis, extents: readonly Extent[]): AsyncGenerator<readonly [Extent, Snapshot]> {
  const own = normalized(basis.digest.filter)
  const narrow = extents.flatMap((extent) => narrowed(own, extent) ?? [])
  const done = new Set<string>()
  for (const by of ['team', 'agent', 'inbox'] as const) {
    const alike = narrow.filter((extent) => extent.by === by)
    for (let at = 0; alike.length >= WORTHWHILE && at < alike.length; at += BATCH) {
      const batch = alike.slice(at, at + BATCH)
      const knownOf = await crossing(basis, { ...own, [by]: batch.map(({ id }) => id) }, by)
      for (const extent of batch) yield [extent, await snapshotOn(basis, extent, knownOf(extent.id))]
      for (const { key } of batch) done.add(key)
    }
  }
  for (const extent of extents) if (!done.has(extent.key)) yield [extent, await snapshotOn(basis, extent)]
}

function narrowed(own: Filter | undefined, extent: Extent): Narrow | undefined {
  const other = (['inbox', 'agent', 'team', 'label'] as const).filter(
    (dimension) => String(own?.[dimension]) !== String(extent.filter?.[dimension]),
  )
  const [by] = other
  const ids = by && extent.filter?.[by]
  if (other.length !== 1 || !by || by === 'label' || ids?.length !== 1) return undefined
  return { ...extent, by, id: ids[0]! }
}

/** Reads what each id of a filter's dimension has in common with the ids of the others, in both periods. */
async function crossing(basis: Basis, filter: Filter, by: Narrow['by']): Promise<(id: number) => Request['known']> {
  const { read, digest, period, previous } = basis
  const rows = new Map<string, Map<number, CrossedRow[]>>()
  for (const dimension of tableNames.map((table) => dimensionOf[table]).filter((name) => name !== by)) {
    for (const [which, asked] of [
      ['current', period],
      ['previous', previous],
    ] as const) {
      if (!asked) continue
      const { since, until } = asked
      const question = { dimension, by, since, until, metrics: digestMetrics, businessHours: digest.businessHours, filter }
      rows.set(`${dimension} ${which}`, byOther(await read.crossed(question)))
    }
  }
  return (id) => (dimension: Dimension, which: keyof Pair) => {
    const found = rows.get(`${dimension} ${which}`)
    return found && (found.get(id) ?? [])
  }
}

function byOther(rows: readonly CrossedRow[]): Map<number, CrossedRow[]> {
  const grouped = new Map<number, CrossedRow[]>()
  for (const row of rows) {
    const known = grouped.get(row.within)
    if (known) known.push(row)
    else grouped.set(row.within, [row])
  }
  return grouped
}
