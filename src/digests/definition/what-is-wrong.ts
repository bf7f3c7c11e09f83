import type { z } from 'zod'
import { invalid, type Refusal } from '../../errors.ts'

/** So many things are told at once; more are counted. */
const MOST_TOLD = 5

/**
 * Reads a value by a schema.
 * @param what how the value as a whole is called, such as "The definition"
 * @throws Refusal (422) that says what to change, each thing with where it is
 */
export function readBy<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value, { error: wording })
  if (parsed.success) return parsed.data
  throw wrong(parsed.error, what)
}

function wrong(error: z.ZodError, what: string): Refusal {
  const told = error.issues.slice(0, MOST_TOLD).map(({ path, message }) => `${path.join('.') || what}: ${message}`)
  const more = error.issues.length - told.length
  return invalid(`${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`)
}

/** What a schema leaves unsaid, in words that say what to give. */
const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'is missing' : `must be ${nameOf(issue.expected)}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small') return `must ${sizeOf(issue.origin, 'at least', Number(issue.minimum))}`
  if (issue.code === 'too_big') return `must ${sizeOf(issue.origin, 'at most', Number(issue.maximum))}`
  return undefined
}

const names: Record<string, string> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'text',
}
const nameOf = (type: string) => names[type] ?? type

function sizeOf(origin: string, bound: string, limit: number): string {
  if (origin === 'string') return `have ${bound} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `be ${bound} ${limit}`
}
