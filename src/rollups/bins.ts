/** Bounds that reports publish ("0-5 min", "8-24 h" …); each is an edge of a bin, so that counts between them are exact. */
export const publishedEdges = [300, 900, 1800, 3600, 14400, 28800, 86400] as const

/** Bounds that targets are commonly set at; each is an edge, too, so that the share within one is read from rollups. */
const commonTargets = [60, 120, 180, 600, 1200, 2700, 7200, 10800, 18000, 21600, 43200, 172800, 259200, 432000, 604800]

/** Values within one bin differ by at most this factor, so its middle is within 1 % of each of them. */
const RATIO = 1.02
/** Below it, every second has a bin of its own. */
const SECONDS = 50
const TOP = 1e9

/**
 * Lower edges of the bins of a time histogram, in seconds, ascending. Bin i (from 1 on) holds [edges[i-1], edges[i]); bin
 * 0 holds negative values. Up to 50 s every second has a bin of its own; above, bins are equal in ratio between the
 * published bounds.
 */
export const binEdges: readonly number[] = makeEdges()

function makeEdges(): number[] {
  const edges = Array.from({ length: SECONDS }, (_, second) => second)
  const bounds = [SECONDS, ...publishedEdges, ...commonTargets, TOP].sort((a, b) => a - b)
  for (let i = 0; i + 1 < bounds.length; i++) {
    const [low, high] = [bounds[i]!, bounds[i + 1]!]
    const steps = Math.ceil(Math.log(high / low) / Math.log(RATIO))
    for (let step = 0; step < steps; step++) edges.push(low * (high / low) ** (step / steps))
  }
  return [...edges, TOP]
}

/** How many events fell into each bin, by the bin's number. */
export type Bins = ReadonlyMap<number, number>

/** True when counts below `seconds` can be told from bins. */
export const isEdge = (seconds: number) => binEdges.includes(seconds)

/** How many events took less than `edge` seconds, which must be an edge. */
export function countBelow(bins: Bins, edge: number): number {
  if (!isEdge(edge)) throw new RangeError(`${edge} s is no edge of a bin`)
  return countBelowIn(bins, binEdges, edge)
}

/** The same for bins between other edges, ascending. */
export function countBelowIn(bins: Bins, edges: readonly number[], edge: number): number {
  const first = edges.indexOf(edge)
  let below = 0
  for (const [bin, n] of bins) if (bin <= first) below += n
  return below
}

/** How many events there are in all bins. */
export function countAll(bins: Bins): number {
  let all = 0
  for (const n of bins.values()) all += n
  return all
}

/**
 * The time that `share` of the events (0.5: half of them) took at most, by nearest rank: exact for whole seconds below 50,
 * within 1 % above. Null without events.
 */
export function quantile(bins: Bins, share: number): number | null {
  // A share like 0.55 is a bit more than it looks, which must not make 56 of 100 events' 55.
  const rank = Math.ceil(share * countAll(bins) * (1 - Number.EPSILON))
  let seen = 0
  for (const bin of [...bins.keys()].sort((a, b) => a - b)) {
    seen += bins.get(bin)!
    if (seen >= rank) return timeOf(bin)
  }
  return null
}

/** What stands for the values of a bin: its one whole second, or the middle between its edges by ratio. */
function timeOf(bin: number): number {
  const [low, high] = [binEdges[bin - 1] ?? 0, binEdges[bin] ?? TOP]
  return low < SECONDS ? low : Math.sqrt(low * high)
}
