import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { metricNames, metrics } from '../rollups/metrics.ts'
import { version } from '../version.ts'

/** Collects the routes that are registered from here on into `/openapi.json`. */
export function describeRoutes(app: FastifyInstance): void {
  app.register(swagger, {
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route)
      return { schema: { operationId: operationOf(String(route.route.method), url), ...schema }, url }
    },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidemark', version, description: description() },
      components: {
        securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'api_access_token' } },
      },
      security: [{ token: [] }],
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

const introduction = `Reports of support desks, as Chatwoot answers them. Ranges are half-open, [since, until), in Unix seconds.

Paths may end in \`.json\` or \`.csv\`. Every report says in \`X-Report-Source\` whether it was made from rollups, raw rows or
both (\`rollup\`, \`raw\`, \`mixed\`) and in \`X-Data-Complete-Through\` up to when rollups are complete; the figures are exact
either way. Every answer has an \`X-Request-Id\`, a report an \`ETag\`.

Metrics:`

function description(): string {
  const definitions = metricNames.map((name) => `- \`${name}\`: ${metrics[name].definition}`)
  return `${introduction}\n\n${definitions.join('\n')}`
}
