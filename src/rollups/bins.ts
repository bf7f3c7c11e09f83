/** Bounds that reports publish ("0-5 min", "8-24 h" …); each is an edge of a bin, so that counts between them are exact. */
export const publishedEdges = [300, 900, 1800, 3600, 14400, 28800, 86400] as const

/** Values within one bin differ by at most this factor, so its middle is within 1 % of each of them. */
const RATIO = 1.02
const TOP = 1e9

/**
 * Lower edges of the bins of a time histogram, in seconds, ascending. Bin i (from 1 on) holds [edges[i-1], edges[i]); bin
 * 0 holds negative values. Up to 50 s every second has a bin of its own; above, bins are equal in ratio between the
 * published bounds.
 */
export const binEdges: readonly number[] = makeEdges()

function makeEdges(): number[] {
  const edges = Array.from({ length: 50 }, (_, second) => second)
  const bounds = [50, ...publishedEdges, TOP]
  for (let i = 0; i + 1 < bounds.length; i++) {
    const [low, high] = [bounds[i]!, bounds[i + 1]!]
    const steps = Math.ceil(Math.log(high / low) / Math.log(RATIO))
    for (let step = 0; step < steps; step++) edges.push(low * (high / low) ** (step / steps))
  }
  return [...edges, TOP]
}
