import type { Instant } from '../../clock.ts'
import type { Queryable } from '../../db.ts'
import type { Filter } from '../../rollups/rolling/filter.ts'
import { dateAt } from '../../time/calendar.ts'
import type { Zone } from '../../time/zone.ts'
import { dimensionOf, pairOf, type PeriodFigures } from './figures.ts'
import { absentMembers, type Member, type Roster } from './roster.ts'
import { tableNames, type Entity, type Language, type ScopePart, type TableName } from './snapshot.ts'
import type { Period } from '../schedule/window.ts'

/** Who and what there is to be listed, and in which words. */
export interface Cast {
  tx: Queryable
  accountId: number
  roster: Roster
  language: Language
  zone: Zone
  period: Period
  previous: Period | undefined
}

/**
 * The rows of each table: of the whole account all that it has, idle ones too; of a dimension that the filter names, what it
 * names; else whatever has figures. What is gone is listed while it has figures, what came after the period is not.
 */
export async function tablesOf(cast: Cast, figures: PeriodFigures['tables'], filter: Filter | undefined) {
  const tables = {} as Record<TableName, Entity[]>
  for (const table of tableNames) {
    const named = filter?.[dimensionOf[table]]
    const active = new Map([...figures[table]].filter(([id]) => named?.includes(id) ?? true))
    const idle = (member: Member) =>
      (named ? named.includes(member.id) : !filter) && (member.since ?? Infinity) < cast.period.until
    const listed = [...cast.roster[table].values()].filter((member) => active.has(member.id) || idle(member))
    const absent = [...active.keys()].filter((id) => !cast.roster[table].has(id))
    const members = [...listed, ...(await namesOfAbsent(cast, table, absent))]
    tables[table] = members.map((member) => entityOf(cast, member, active.get(member.id)))
  }
  return tables
}

/** A filter by name, in the order of its dimensions. */
export async function scopeByName(cast: Cast, filter: Filter | undefined): Promise<ScopePart[]> {
  const scope: ScopePart[] = []
  for (const table of ['inboxes', 'teams', 'agents', 'labels'] as const) {
    const dimension = dimensionOf[table]
    const ids = filter?.[dimension] ?? []
    const absent = await namesOfAbsent(
      cast,
      table,
      ids.filter((id) => !cast.roster[table].has(id)),
    )
    const names = new Map([...cast.roster[table].values(), ...absent].map(({ id, name }) => [id, name]))
    scope.push(...ids.map((id) => ({ dimension, id, name: names.get(id) ?? '' })))
  }
  return scope
}

const namesOfAbsent = ({ tx, accountId, language }: Cast, table: TableName, ids: number[]) =>
  absentMembers(tx, accountId, table, ids, language)

function entityOf({ zone, period, previous }: Cast, { id, name, since }: Member, figures: Entity['figures'] | undefined): Entity {
  return {
    id,
    name,
    since: since === null ? null : dateAt(zone, since),
    isNew: since !== null && beganSince(since, period, previous),
    isGone: since === null && id !== 0,
    figures: figures ?? pairOf(),
  }
}

/** Whether something began so late that there is nothing fair to compare it with. */
const beganSince = (since: Instant, period: Period, previous: Period | undefined) =>
  previous ? since > previous.since : since >= period.since
