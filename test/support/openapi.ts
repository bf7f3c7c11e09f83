import type { OpenAPIV3_1 } from 'openapi-types'

/** A description of the API, as `/openapi.json` gives it. */
export type Description = Pick<OpenAPIV3_1.Document, 'paths' | 'components'>
type Json = Record<string, unknown>
type Check = (schema: Json, value: unknown, at: string) => string[]

/**
 * What is wrong with an answer by the description of the API: nothing, or a sentence for each thing. An operation or a
 * status that is not described is wrong, too.
 * @param path as asked (`/api/v2/accounts/1/reports`) or as described (`/api/v2/accounts/{account_id}/reports`)
 * @param body parsed JSON, or the text of any other media type
 */
export function validate(document: Description, method: string, path: string, status: number, body: unknown): string[] {
  const operation = operationOf(document, method, path)
  if (!operation) return [`${method} ${path} is not described`]
  const responses = operation.responses as Record<string, { description: string; content?: Record<string, { schema?: Json }> }>
  const response = responses[String(status)]
  if (!response) return [`${method} ${path} may not answer ${status}`]
  const contents = Object.entries(response.content ?? {})
  const wanted = contents.filter(([type]) => type.endsWith('json') !== (typeof body === 'string'))
  if (body === '' && response.description.includes('without a body')) return []
  // Nothing is described: an empty body.
  if (contents.length === 0) return body === '' ? [] : [`${status} of ${path} is described without a body`]
  if (wanted.length === 0) return [`${status} of ${path} is described as ${contents.map(([type]) => type).join(' or ')} only`]
  const problems = wanted.map(([, { schema = {} }]) => schemaProblems(schema, body, document))
  return problems.find((list) => list.length === 0) ?? problems[0]!
}

function operationOf({ paths = {} }: Description, method: string, path: string): OpenAPIV3_1.OperationObject | undefined {
  const described = Object.keys(paths).find((template) => template === path) ?? Object.keys(paths).find((t) => fits(t, path))
  return described === undefined ? undefined : paths[described]?.[method.toLowerCase() as 'get']
}

function fits(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')]
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith('{') || part === given[i])
}

/** What of a value does not fit a schema. @throws Error for a keyword that this check does not know: it must not pass unseen. */
export function schemaProblems(schema: Json, value: unknown, document: Description = {}): string[] {
  const check: Check = (given, value, at) =>
    Object.entries(given).flatMap(([keyword, argument]) => {
      if (annotations.has(keyword)) return []
      if (keyword === '$ref') return check(resolveRef(document, String(argument)), value, at)
      const rule = rules[keyword]
      if (!rule) throw new Error(`a schema keyword that is not checked: ${keyword}`)
      return rule(argument as never, value, at, check, given)
    })
  return check(schema, value, '')
}

/** The target of a `$ref` within the document. @throws Error when there is none. */
export function resolveRef(document: Description, ref: string): Json {
  const steps = /^#\/(.+)$/.exec(ref)?.[1]?.split('/') ?? []
  const target = steps.reduce<unknown>((node, step) => (node as Json | undefined)?.[step], document)
  if (typeof target !== 'object' || target === null) throw new Error(`${ref} leads nowhere`)
  return target as Json
}

const annotations = new Set(['description', 'title', 'example', 'examples', 'default', 'format', 'additionalProperties', '$schema', 'id']) // prettier-ignore

type Rule = (argument: never, value: unknown, at: string, check: Check, schema: Json) => string[]
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const unless = (fine: boolean, at: string, what: string) => (fine ? [] : [`${at || 'the answer'} ${what}`])

/** What zod emits. `required` and `additionalProperties` are settled with `type: object`. */
const rules: Record<string, Rule> = {
  type: (types: string | string[], value, at, check, schema) => {
    const fine = [types].flat().some((type) => hasType(type, value))
    if (!fine) return unless(false, at, `is ${JSON.stringify(value)?.slice(0, 80)}, not ${[types].flat().join(' or ')}`)
    return isObject(value) ? objectProblems(schema, value, at, check) : []
  },
  properties: () => [],
  required: () => [],
  propertyNames: (names: Json, value, at, check) =>
    isObject(value) ? Object.keys(value).flatMap((name) => check(names, name, `${at}.${name}`)) : [],
  items: (items: Json, value, at, check) =>
    Array.isArray(value) ? value.flatMap((item, i) => check(items, item, `${at}[${i}]`)) : [],
  anyOf: (options: Json[], value, at, check) => {
    const problems = options.map((option) => check(option, value, at))
    return problems.some((list) => list.length === 0)
      ? []
      : [`${at || 'the answer'} fits none of ${options.length}: ${problems.flat().join('; ')}`]
  },
  oneOf: (options: Json[], value, at, check) =>
    unless(options.filter((option) => check(option, value, at).length === 0).length === 1, at, 'does not fit exactly one'),
  allOf: (parts: Json[], value, at, check) => parts.flatMap((part) => check(part, value, at)),
  enum: (values: unknown[], value, at) => unless(values.includes(value), at, `is not one of ${values.join(', ')}`),
  const: (wanted, value, at) => unless(value === wanted, at, `is not ${JSON.stringify(wanted)}`),
  minimum: (least: number, value, at) => unless(typeof value !== 'number' || value >= least, at, `is less than ${least}`),
  maximum: (most: number, value, at) => unless(typeof value !== 'number' || value <= most, at, `is more than ${most}`),
  exclusiveMinimum: (edge: number, value, at) => unless(typeof value !== 'number' || value > edge, at, `is not above ${edge}`),
  exclusiveMaximum: (edge: number, value, at) => unless(typeof value !== 'number' || value < edge, at, `is not below ${edge}`),
  minLength: (least: number, value, at) => unless(typeof value !== 'string' || value.length >= least, at, 'is too short'),
  maxLength: (most: number, value, at) => unless(typeof value !== 'string' || value.length <= most, at, 'is too long'),
  pattern: (pattern: string, value, at) =>
    unless(typeof value !== 'string' || new RegExp(pattern, 'u').test(value), at, `does not match ${pattern}`),
  minItems: (least: number, value, at) => unless(!Array.isArray(value) || value.length >= least, at, 'has too few items'),
  maxItems: (most: number, value, at) => unless(!Array.isArray(value) || value.length <= most, at, 'has too many items'),
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function objectProblems(schema: Json, value: Json, at: string, check: Check): string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Json>
  const missing = ((schema['required'] ?? []) as string[]).filter((name) => !Object.hasOwn(value, name))
  const rest = (schema['additionalProperties'] ?? true) as Json | boolean
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const here = `${at}.${name}`
      if (Object.hasOwn(properties, name)) return check(properties[name]!, inner, here)
      if (typeof rest === 'object') return check(rest, inner, here)
      return rest ? [] : [`${here} is not described`]
    }),
  ]
}
