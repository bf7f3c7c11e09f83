import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { metricNames, metrics } from '../rollups/metrics.ts'

/** Collects the routes that are registered from here on into `/openapi.json`. */
export function describeRoutes(app: FastifyInstance): void {
  app.register(swagger, {
    transform: jsonSchemaTransform,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidemark', version: '1', description: description() },
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

function description(): string {
  const definitions = metricNames.map((name) => `- \`${name}\`: ${metrics[name].definition}`)
  return `Reports of support desks. Ranges are half-open, [since, until). Metrics:\n\n${definitions.join('\n')}`
}
