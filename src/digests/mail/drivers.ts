import type { DigestMetric, Entity, Pair } from '../snapshot/snapshot.ts'

/** How much of the change of a mean one part accounts for, in the unit of the metric. */
export interface PartOfChange {
  entity: Entity
  part: number
}

/**
 * Splits the change of a mean M = Σ nᵢmᵢ ÷ Σ nᵢ over the entities of a table that divide its cases among them, largest
 * part in the direction of the change first. Each part is what the entity's own mean did, at its mean weight, and what the
 * change of its weight did, at its mean distance from M: the parts add up to the change exactly. Empty where the entities
 * do not make up the whole, such as labels, which overlap.
 */
export function partsOfChange({ current, previous }: Pair, entities: readonly Entity[], metric: DigestMetric): PartOfChange[] {
  const pairs = entities.map((entity) => ({
    entity,
    now: entity.figures[metric].current,
    before: entity.figures[metric].previous,
  }))
  if (current.value === null || previous.value === null) return []
  if (
    !makesUp(
      current,
      pairs.map(({ now }) => now),
    ) ||
    !makesUp(
      previous,
      pairs.map(({ before }) => before),
    )
  )
    return []
  const middle = (current.value + previous.value) / 2
  const change = current.value - previous.value
  return pairs
    .filter(({ now, before }) => now.n > 0 || before.n > 0)
    .map(({ entity, now, before }) => {
      const [weight, weightBefore] = [now.n / current.n, before.n / previous.n]
      // Who had no cases in one of the periods only changes the mix.
      const [mean, meanBefore] = [now.value ?? before.value ?? 0, before.value ?? now.value ?? 0]
      const rate = ((weight + weightBefore) / 2) * (mean - meanBefore)
      const mix = (weight - weightBefore) * ((mean + meanBefore) / 2 - middle)
      return { entity, part: rate + mix }
    })
    .sort((a, b) => (b.part - a.part) * Math.sign(change))
}

/** True when the parts have as many cases as the whole, and the same mean. */
function makesUp(whole: Pair['current'], parts: Pair['current'][]): boolean {
  const n = parts.reduce((sum, part) => sum + part.n, 0)
  const total = parts.reduce((sum, part) => sum + part.n * (part.value ?? 0), 0)
  return n > 0 && n === whole.n && Math.abs(total / n - (whole.value ?? 0)) <= 1e-6 * Math.max(1, Math.abs(whole.value ?? 0))
}
