import type { OpenAPIV3_1 } from 'openapi-types'
import { schemaText, type Schema } from './schema-text.ts'

export interface ParameterView {
  name: string
  place: string
  required: boolean
  description: string
  example: string
}

/** What one answer, or a request's body, looks like. */
export interface BodyView {
  status: string
  description: string
  contents: { type: string; text: string }[]
}

export interface OperationView {
  id: string
  method: string
  path: string
  summary: string
  description: string
  open: boolean
  parameters: ParameterView[]
  request: BodyView | undefined
  answers: BodyView[]
  /** Statuses that are explained once for all operations. */
  failures: string[]
  example: string
}

export interface TagView {
  id: string
  name: string
  description: string
  operations: OperationView[]
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
/** Parameters that an example shows although they may be left out: without them most answers are empty. */
const shown = ['metric', 'type', 'since', 'until', 'group_by']

/** The operations of a description of the API by tag, as the page shows them. Tags without operations are left out. */
export function tagViews(document: OpenAPIV3_1.Document, publicUrl: string): TagView[] {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item?.[method]
      return operation ? [{ tag: operation.tags?.[0] ?? 'Other', view: operationView(method, path, operation, publicUrl) }] : []
    }),
  )
  const named = document.tags ?? []
  const names = new Set([...named.map(({ name }) => name), ...operations.map(({ tag }) => tag)])
  return [...names]
    .map((name) => ({
      id: `tag-${name.toLowerCase().replaceAll(/\W+/g, '-')}`,
      name,
      description: named.find((tag) => tag.name === name)?.description ?? '',
      operations: operations.filter(({ tag }) => tag === name).map(({ view }) => view),
    }))
    .filter(({ operations }) => operations.length > 0)
}

function operationView(method: string, path: string, operation: OpenAPIV3_1.OperationObject, publicUrl: string): OperationView {
  const parameters = ((operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[]).map(parameterView)
  const bodies = Object.entries(operation.responses ?? {}).map(([status, response]) => bodyView(status, response))
  const open = operation.security?.length === 0
  const isCommon = ({ status }: BodyView) => !open && Number(status) >= 400
  return {
    id: operation.operationId ?? `${method}-${path}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    open,
    parameters: [...parameters].sort((a, b) => Number(b.place === 'path') - Number(a.place === 'path')),
    request: operation.requestBody && bodyView('', operation.requestBody),
    answers: bodies.filter((body) => !isCommon(body)),
    failures: bodies.filter(isCommon).map(({ status }) => status),
    example: exampleOf(method, path, parameters, open, publicUrl),
  }
}

function parameterView(parameter: OpenAPIV3_1.ParameterObject): ParameterView {
  const { name, in: place, required = false, description = '' } = parameter
  const given: unknown = parameter.example
  const example = typeof given === 'string' ? given : given === undefined ? '' : JSON.stringify(given)
  const choices = (parameter.schema as Schema).enum?.map((value) => `\`${String(value)}\``) ?? []
  const known = choices.every((choice) => description.includes(choice))
  const text = known ? description : `${description} One of ${choices.join(', ')}.`
  return { name, place, required, description: text, example }
}

function bodyView(status: string, body: { description?: string; content?: Record<string, { schema?: unknown }> }): BodyView {
  const contents = Object.entries(body.content ?? {}).map(([type, { schema }]) => ({
    type,
    text: schemaText((schema ?? {}) as Schema),
  }))
  return { status, description: body.description ?? '', contents }
}

/** A command to try; a `GET` is the only kind that may be tried without thinking. */
function exampleOf(method: string, path: string, parameters: ParameterView[], open: boolean, publicUrl: string): string {
  if (method !== 'get') return ''
  const filled = parameters
    .filter(({ place }) => place === 'path')
    .reduce((text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(example || '1')), path)
  const query = parameters
    .filter(({ place, name, required, example }) => place === 'query' && example !== '' && (required || shown.includes(name)))
    .map(({ name, example }) => `${name}=${encodeURIComponent(example)}`)
  const address = `${publicUrl}${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`
  return `curl ${open ? '' : "-H 'api_access_token: YOUR_TOKEN' "}'${address}'`
}
