import { requireAccount } from '../../accounts/account.ts'
import { firstWeekdayOf } from '../../accounts/settings.ts'
import { requireEntity } from '../../accounts/entities.ts'
import type { Pool } from '../../db.ts'
import type { Grouping, Weekday } from '../../time/calendar.ts'
import { aboutOf } from '../about.ts'
import { withData, type DocumentOf } from '../document.ts'
import { entityTable } from '../entity-table.ts'
import { entitiesTable, summaryTable, timeseriesTable, type Named } from '../tables/figure-tables.ts'
import { keyFigures } from '../key-figures.ts'
import { lists, sortOf, type ListName } from '../tables/listed.ts'
import { timeseries } from '../timeseries.ts'
import { understand, type Given } from '../understand.ts'
import type { Subject } from '../values.ts'

export const weekdays: Record<'monday' | 'sunday' | 'saturday', Weekday> = { sunday: 0, monday: 1, saturday: 6 }

export interface TimeseriesGiven extends Given {
  group_by?: Grouping | undefined
  week_start?: keyof typeof weekdays | undefined
}

export interface ListGiven extends Omit<Given, 'type' | 'id'> {
  sort?: string | undefined
  /** The id of the only one to list; all without. */
  only?: number
}

/** Figures of an account or one of its entities. */
export const summaryDocument: DocumentOf<Given> = async ({ pool, now }, accountId, given) => {
  const asked = await understand({ pool, now }, accountId, given)
  const report = await keyFigures(pool, accountId, asked)
  return withData(report, {
    json: { ...aboutOf(asked), stat: asked.stat, figures: report.data },
    table: async () => summaryTable(accountId, asked, await named(pool, accountId, asked.subject), report.data),
  })
}

/** Figures in the course of time; how many conversations there were, where no metric is named. */
export const timeseriesDocument: DocumentOf<TimeseriesGiven> = async ({ pool, now }, accountId, given) => {
  const { group_by: grouping = 'day', week_start, metrics = 'conversations_count' } = given
  const asked = await understand({ pool, now }, accountId, { ...given, metrics })
  const firstWeekday = week_start ? weekdays[week_start] : await firstWeekdayOf(pool, accountId)
  const report = await timeseries(pool, accountId, { ...asked, grouping, firstWeekday })
  return withData(report, {
    json: { ...aboutOf(asked), stat: asked.stat, group_by: grouping, ...report.data },
    table: async () => timeseriesTable(accountId, { asked, grouping }, await named(pool, accountId, asked.subject), report.data),
  })
}

/** Figures of each agent, inbox, team or label. */
export function listDocument(name: ListName): DocumentOf<ListGiven> {
  const { dimension, entitiesOf } = lists[name]
  return async ({ pool, now }, accountId, given) => {
    const asked = await understand({ pool, now }, accountId, given)
    const entities = (await entitiesOf(pool, accountId)).filter(({ id }) => given.only === undefined || id === given.only)
    const report = await entityTable(pool, accountId, { ...asked, dimension, entities, sort: sortOf(given.sort) })
    const { total, rows } = report.data
    return withData(report, {
      json: {
        ...aboutOf(asked),
        stat: asked.stat,
        total,
        rows: rows.map(({ entity, figures }) => ({ ...entity, figures })),
      },
      table: () => entitiesTable(accountId, asked, { name, dimension }, report.data),
    })
  }
}

async function named(pool: Pool, accountId: number, { dimension, id = accountId }: Subject): Promise<Named> {
  const { name } = await (dimension === 'account'
    ? requireAccount(pool, accountId)
    : requireEntity(pool, accountId, dimension, id))
  return { dimension, id, name }
}
