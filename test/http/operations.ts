import type { App } from '../../src/http/app.ts'

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As the description has it: `/api/v1/accounts/{account_id}/digests/{digest}`. */
  path: string
  /** Names of the parameters of the query. */
  query: string[]
  /** The schema of the body, if there is one. */
  body: object | undefined
}

interface Described {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: { 'application/json': { schema: object } } }
}

/** Every operation that the description of the API has. */
export async function operationsOf(app: App): Promise<Operation[]> {
  const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, Described>> }>()
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      body: requestBody?.content['application/json'].schema,
    })),
  )
}
