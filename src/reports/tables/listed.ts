import { agentsOf, inboxesOf, labelsOf, teamsOf } from '../../accounts/entities.ts'
import type { Queryable } from '../../db.ts'
import type { EntityDimension, Sort } from '../entity-table.ts'

type Entity = { id: number; name: string }

/** Who is listed in a table, with what is told of each besides the figures. */
export interface Listed {
  dimension: EntityDimension
  entitiesOf: (db: Queryable, accountId: number) => Promise<Entity[]>
}

export type ListName = 'agents' | 'inboxes' | 'teams' | 'labels'

/** The tables of entities, by name. */
export const lists: Record<ListName, Listed> = {
  agents: {
    dimension: 'agent',
    entitiesOf: async (db, accountId) => (await agentsOf(db, accountId)).map((agent) => ({ ...agent, thumbnail: '' })),
  },
  inboxes: {
    dimension: 'inbox',
    entitiesOf: async (db, accountId) =>
      (await inboxesOf(db, accountId)).map(({ id, name, channelType }) => ({ id, name, channel_type: channelType })),
  },
  teams: { dimension: 'team', entitiesOf: teamsOf },
  labels: {
    dimension: 'label',
    entitiesOf: async (db, accountId) => (await labelsOf(db, accountId)).map(({ id, title }) => ({ id, name: title })),
  },
}

/** A sort as given: a metric, `name` or `id`, with a minus in front where it descends. */
export const sortOf = (given = 'id'): Sort => ({ by: given.replace(/^-/, '') as Sort['by'], descending: given.startsWith('-') })
