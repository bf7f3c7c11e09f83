import { ENTITIES_MAX } from '../accounts/entities.ts'
import type { Pool } from '../db.ts'
import { invalid } from '../errors.ts'
import type { MetricName } from '../rollups/metrics.ts'
import type { Dimension } from '../rollups/parts.ts'
import { answer, type Answer } from './answer.ts'
import type { Asked, FiguresByMetric } from './asked.ts'
import { besides, measureTotals } from './key-figures.ts'

export type EntityDimension = Exclude<Dimension, 'account'>

/** What a table is sorted by: a metric's value (what has none last), or the name. */
export interface Sort {
  by: MetricName | 'name' | 'id'
  descending: boolean
}

export interface EntityTableAsked<E> extends Omit<Asked, 'subject'> {
  dimension: EntityDimension
  /** Those to list. What happened for others (an agent who left) is in the total alone. */
  entities: readonly E[]
  sort: Sort
}

export interface EntityTable<E> {
  /** The figures of the whole account under the same filter; labels overlap, so that theirs may add up to more. */
  total: FiguresByMetric
  rows: { entity: E; figures: FiguresByMetric }[]
}

/**
 * Figures of each agent, inbox, team or label beside those of the whole account.
 * @throws Refusal (422) for more than ENTITIES_MAX of them
 */
export function entityTable<E extends { id: number; name: string }>(
  pool: Pool,
  accountId: number,
  { dimension, entities, sort, ...rest }: EntityTableAsked<E>,
): Promise<Answer<EntityTable<E>>> {
  if (entities.length > ENTITIES_MAX) throw tooMany(dimension)
  const asked: Asked = { ...rest, subject: { dimension } }
  const account = { dimension: 'account' } as const
  return answer(pool, accountId, async (read) => {
    const rowsIn = async (range: Asked['range'] | undefined) =>
      new Map(range ? (await measureTotals(read, asked, { dimension }, range)).map((row) => [row.id, row]) : [])
    const [now, before] = [await rowsIn(asked.range), await rowsIn(asked.compareWith)]
    const [total] = await measureTotals(read, asked, account, asked.range)
    const [totalBefore] = asked.compareWith ? await measureTotals(read, asked, account, asked.compareWith) : []
    const rows = entities.map((entity) => ({ entity, figures: besides(asked, now.get(entity.id), before.get(entity.id)) }))
    return { total: besides(asked, total, totalBefore), rows: rows.sort(inOrder(sort)) }
  })
}

type Row = { entity: { id: number; name: string }; figures: FiguresByMetric }

/** Equal ones by id, so that pages never overlap. */
const inOrder =
  ({ by, descending }: Sort) =>
  (a: Row, b: Row): number => {
    const sign = descending ? -1 : 1
    if (by === 'id') return sign * (a.entity.id - b.entity.id)
    if (by === 'name') return sign * compareNames(a.entity.name, b.entity.name) || a.entity.id - b.entity.id
    const [x, y] = [a.figures[by]?.value ?? null, b.figures[by]?.value ?? null]
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a.entity.id - b.entity.id
    return sign * (x - y) || a.entity.id - b.entity.id
  }

const { compare: compareNames } = new Intl.Collator('en', { sensitivity: 'base', numeric: true })

const tooMany = (dimension: string) =>
  invalid(
    `One table lists at most ${ENTITIES_MAX} entries, and this account has more for ${dimension}. ` +
      `Ask for one at a time: /reports/summary?type=${dimension}&id=…`,
  )
