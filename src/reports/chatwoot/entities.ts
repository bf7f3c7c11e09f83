import { ENTITIES_MAX } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import { invalid } from '../../errors.ts'
import type { MetricName } from '../../rollups/metrics.ts'
import type { Dimension } from '../../rollups/parts.ts'
import { answer, type Answer } from '../answer.ts'
import { totalsIn, valuesOf, type Range, type Values } from '../values.ts'

/** An entity of the account and its values; one for which nothing happened has zeros and nulls. */
export interface EntityValues<E, M extends MetricName> {
  entity: E
  values: Values<M>
}

export interface EntitiesAsked<E, M extends MetricName> {
  dimension: Exclude<Dimension, 'account'>
  /** Those to list, in the order to list them. What happened for others (an agent who left) is left out. */
  entities: readonly E[]
  range: Range
  metrics: readonly M[]
  businessHours?: boolean
}

/**
 * Values of every listed entity over a range.
 * @throws Refusal (422) for more than ENTITIES_MAX.
 */
export function entityReport<E extends { id: number }, M extends MetricName>(
  pool: Pool,
  accountId: number,
  { dimension, entities, range, metrics, businessHours = false }: EntitiesAsked<E, M>,
): Promise<Answer<EntityValues<E, M>[]>> {
  if (entities.length > ENTITIES_MAX) throw tooMany(dimension)
  return answer(pool, accountId, async (read) => {
    const rows = await totalsIn(read, { dimension }, range, metrics, businessHours)
    const byId = new Map(rows.map((row) => [row.id, row]))
    return entities.map((entity) => ({ entity, values: valuesOf(metrics, byId.get(entity.id)) }))
  })
}

const tooMany = (dimension: string) =>
  invalid(
    `One table lists at most ${ENTITIES_MAX} entries, and this account has more for ${dimension}. ` +
      `Ask for one at a time: /reports/summary?type=${dimension}&id=…`,
  )
