import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../../src/http/app.ts'

/** A request and what the reference says of its answer; written from the rules and the rows, never from what was answered. */
export interface Golden {
  about: string
  ask: string
  /** Which user asks, by id: 1, an administrator, unless said; null is nobody. */
  as?: number | null
  status?: number
  /** `any`: the list or object has no order. `open`: a list that is ordered by what is open alone. */
  order?: 'any' | 'open'
  /** JSON, or null for an answer without a body. */
  body?: unknown
  /** A file by its lines, and its name. */
  lines?: string[]
  file?: string
  /** Of a refusal that is worded here: words of it. */
  says?: string
}

/** The golden answers by family. */
export const families: Record<string, Golden[]> = read(join(import.meta.dirname, 'answers'))

function read(folder: string): Record<string, Golden[]> {
  const entries = readdirSync(folder).map((file) => [
    file.replace('.json', ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden[],
  ])
  return Object.fromEntries(entries) as Record<string, Golden[]>
}

/** Everything of an answer that is golden, as text: keys in their order, numbers as numbers. */
export interface Given {
  text: string
  source: string | undefined
}

/** What the reference says, in the form of `given`. */
export function expected({ status = 200, order, body, lines, file, says }: Golden): string {
  if (lines) return JSON.stringify([status, 'text/csv; charset=utf-8', `attachment; filename=${file}`, ...lines], null, 1)
  return JSON.stringify([status, says === undefined ? inOrder(body, order) : says], null, 1)
}

/** Asks, and gives the answer in a form that can be compared. */
export async function given(app: App, { ask, as = 1, order, body, lines, says }: Golden): Promise<Given> {
  const answer = await app.inject({ url: ask, headers: as === null ? {} : { api_access_token: `token-${as}` } })
  const { 'content-type': type, 'content-disposition': disposition, 'x-report-source': source } = answer.headers
  const of = (...parts: unknown[]) => ({ text: JSON.stringify([answer.statusCode, ...parts], null, 1), source: source as string })
  if (lines && answer.statusCode === 200) return of(type, disposition, ...answer.body.split('\n'))
  if (answer.body === '') return of(body === null ? null : '(no body)')
  const json: unknown = answer.json()
  if (says === undefined) return of(inOrder(json, order))
  const { error } = json as { error: string }
  return of(error.includes(says) ? says : error)
}

function inOrder(body: unknown, order: Golden['order']): unknown {
  if (order === undefined || body === null || typeof body !== 'object') return body
  const sorted = (list: unknown[]) => [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (!Array.isArray(body)) return Object.fromEntries(sorted(Object.entries(body)) as [string, unknown][])
  if (order === 'any') return sorted(body)
  const open = (row: unknown) => (row as { metric: { open: number } }).metric.open
  return [...sorted(body).sort((a, b) => open(b) - open(a)), ...body.map(open)]
}
