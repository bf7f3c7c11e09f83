import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { dictionary } from '../rollups/dictionary.ts'
import { version } from '../version.ts'
import { tidyDocument } from './tidy-document.ts'

/** What operations are grouped by, in the order of the page. */
const tags = [
  { name: 'Reports', description: 'Figures of an account, or of one agent, inbox, label or team, with their course in time.' },
  { name: 'Lists', description: 'Figures of all agents, inboxes, teams or labels, with names; as JSON or CSV.' },
  { name: 'Summary reports', description: 'Figures of all agents, inboxes, teams, labels or channels, in Chatwoot’s shape.' },
  { name: 'Breakdowns', description: 'Counts by inbox and label, by waiting time, and by who wrote.' },
  { name: 'Live', description: 'What is open at this moment.' },
  { name: 'CSAT', description: 'Answers to satisfaction surveys.' },
  { name: 'Own reports', description: 'Any metrics of any subject, with medians, targets, filters and comparisons.' },
  { name: 'Digests', description: 'Reports by mail: what goes to whom and when, and what became of it.' },
  { name: 'Access', description: 'Tokens, and who did what.' },
  {
    name: 'Settings',
    description: 'What an account settles for itself: zone, weeks, business days, targets, how long what is kept.',
  },
  { name: 'Definitions', description: 'What the figures mean.' },
  { name: 'Administration', description: 'For administrators of accounts, and for whoever runs the installation.' },
  { name: 'Backfills', description: 'Rolling stretches of history: planned, started, watched and called off.' },
  { name: 'Probes', description: 'For whoever runs the process.' },
]

/** Collects the routes that are registered from here on into `/openapi.json`. */
export function describeRoutes(app: FastifyInstance): void {
  app.register(swagger, {
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route)
      return { schema: { operationId: operationOf(String(route.route.method), url), ...schema }, url }
    },
    transformObject: (made) =>
      'openapiObject' in made ? (tidyDocument(made.openapiObject as OpenAPIV3_1.Document) as object) : made.swaggerObject,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidemark', version, description: description() },
      components: {
        securitySchemes: {
          token: {
            type: 'apiKey',
            in: 'header',
            name: 'api_access_token',
            description:
              'A token of Tidemark (`tmk_…`; also as `Authorization: Bearer`), or Chatwoot’s of a member of the account. Its role says which routes it may ask.',
          },
        },
      },
      security: [{ token: [] }],
      tags,
    },
  })
  app.register(async (scope) => {
    scope.get('/openapi.json', { schema: { hide: true } }, () => scope.swagger())
  })
}

/** A name for an operation: `get_v2_reports_agents` for a GET of `/api/v2/accounts/:account_id/reports/agents`. */
function operationOf(method: string, url: string): string {
  const words = url.replace('/accounts/:account_id', '').match(/\w+/g) ?? []
  return [method.toLowerCase(), ...words.filter((word) => word !== 'api')].join('_')
}

/** What holds for all routes, in paragraphs. */
export const introduction: readonly string[] = [
  'Reports of support desks, as Chatwoot answers them. Ranges are half-open, [since, until), in Unix seconds.',
  'Paths may end in `.json` or `.csv`. Every report says in `X-Report-Source` whether it was made from rollups, raw rows or both (`rollup`, `raw`, `mixed`) and in `X-Data-Complete-Through` up to when rollups are complete; the figures are exact either way. Every answer has an `X-Request-Id`, a report an `ETag`.',
]

function description(): string {
  const definitions = dictionary.map(({ name, definition }) => `- \`${name}\`: ${definition}`)
  return [...introduction, 'Metrics:', definitions.join('\n')].join('\n\n')
}
