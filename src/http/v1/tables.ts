import { z } from 'zod'
import { agentsOf, inboxesOf, labelsOf, teamsOf } from '../../accounts/entities.ts'
import type { Queryable } from '../../db.ts'
import { entityTable, type EntityDimension, type Sort } from '../../reports/entity-table.ts'
import type { RouteFamily } from '../app.ts'
import { told } from '../report-headers.ts'
import { accountPath } from '../request.ts'
import { understand } from './asked.ts'
import { compareParameters, filterParameters, metricParameters, rangeParameters, sortParameter } from './parameters.ts'
import { problems } from './problems.ts'
import { about, aboutOf, figures } from './shapes.ts'

type Entity = { id: number; name: string }

/** Who is listed under a name, and what is told of each besides the figures. */
export interface Listed {
  dimension: EntityDimension
  entitiesOf: (db: Queryable, accountId: number) => Promise<Entity[]>
  row: z.ZodRawShape
}

const id = z.int()
const name = z.string()

/** The tables, by their path. */
export const tables: Record<'agents' | 'inboxes' | 'teams' | 'labels', Listed> = {
  agents: {
    dimension: 'agent',
    entitiesOf: async (db, accountId) => (await agentsOf(db, accountId)).map((agent) => ({ ...agent, thumbnail: '' })),
    row: { id, name, email: z.string(), thumbnail: z.string(), availability: z.enum(['online', 'busy', 'offline']) },
  },
  inboxes: {
    dimension: 'inbox',
    entitiesOf: async (db, accountId) =>
      (await inboxesOf(db, accountId)).map(({ id, name, channelType }) => ({ id, name, channel_type: channelType })),
    row: { id, name, channel_type: z.string() },
  },
  teams: { dimension: 'team', entitiesOf: teamsOf, row: { id, name } },
  labels: {
    dimension: 'label',
    entitiesOf: async (db, accountId) => (await labelsOf(db, accountId)).map(({ id, title }) => ({ id, name: title })),
    row: { id, name },
  },
}

const querystring = z.strictObject({
  ...rangeParameters,
  ...filterParameters,
  ...metricParameters,
  ...compareParameters,
  ...sortParameter,
})

/** `/reports/{agents,inboxes,teams,labels}`: the figures of each. */
export const tableRoutes: RouteFamily = (app, context) => {
  for (const [path, { dimension, entitiesOf, row }] of Object.entries(tables)) {
    const body = z.object({ ...about, total: figures, rows: z.array(z.object({ ...row, figures })) })
    const schema = {
      tags: ['Own reports'],
      summary: `Figures of each of the ${path}`,
      params: accountPath,
      querystring,
      response: { 200: body, ...problems },
    }
    app.get(`/reports/${path}`, { schema }, async ({ query, caller: { accountId } }, reply) => {
      const understood = await understand(context, accountId, query)
      const entities = await entitiesOf(context.readPool, accountId)
      const report = await entityTable(context.readPool, accountId, {
        ...understood,
        dimension,
        entities,
        sort: sortOf(query.sort),
      })
      const { total, rows } = told(reply, report)
      return { ...aboutOf(understood), total, rows: rows.map(({ entity, figures }) => ({ ...entity, figures })) }
    })
  }
}

/** A sort as given: a metric, `name` or `id`, with a minus in front where it descends. */
export const sortOf = (given = 'id'): Sort => ({ by: given.replace(/^-/, '') as Sort['by'], descending: given.startsWith('-') })
