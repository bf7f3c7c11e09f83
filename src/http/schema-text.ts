/** A JSON schema as the routes of this server emit it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
  oneOf?: Schema[]
  description?: string
  format?: string
}

/** How long a line may get before its description moves above it. */
const WIDTH = 84

/** A schema in the notation of TypeScript, one property a line with its description behind: shorter to read than the schema. */
export function schemaText(schema: Schema, indent = ''): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map((option) => schemaText(option, indent)).join(' | ')
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['any'])
  return types.map((type) => typeText(type, schema, indent)).join(' | ')
}

function typeText(type: string, schema: Schema, indent: string): string {
  if (type === 'array') return `[${schemaText(schema.items ?? {}, indent)}]`
  if (type === 'object') return objectText(schema, indent)
  return schema.format === undefined ? type : `${type} (${schema.format})`
}

function objectText({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([name, property]) =>
    lineOf(`${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required.includes(name) ? '' : '?'}`, property, inner),
  )
  if (typeof additionalProperties === 'object') lines.push(lineOf('[any name]', additionalProperties, inner))
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`
}

function lineOf(name: string, property: Schema, indent: string): string {
  const line = `${indent}${name}: ${schemaText(property, indent)}`
  const { description } = property
  if (description === undefined) return line
  const behind = `${line}  // ${description}`
  return line.includes('\n') || behind.length > WIDTH ? `${indent}// ${description}\n${line}` : behind
}
