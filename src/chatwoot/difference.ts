import { csvRecords } from './csv-records.ts'
import type { Question } from './question.ts'
import type { Reply } from './reply.ts'

/** The first place where two answers differ, and what each has there; undefined: nothing. */
export interface Difference {
  at: string
  chatwoot: unknown
  tidemark: unknown
}

export interface Pair {
  chatwoot: Reply
  tidemark: Reply
}

/** The first difference of two answers, in their order; undefined: none. */
export function differenceOf(pair: Pair, question: Question): Difference | undefined {
  return differencesOf(pair, question).next().value ?? undefined
}

/** How many places two answers differ in. */
export function differencesIn(pair: Pair, question: Question): number {
  return [...differencesOf(pair, question)].length
}

/** Compares two answers: numbers exactly, keys of objects in any order, lists without a stated order as sets. */
function* differencesOf({ chatwoot, tidemark }: Pair, question: Question): Generator<Difference, undefined> {
  if (chatwoot.status !== tidemark.status) yield { at: 'status', chatwoot: chatwoot.status, tidemark: tidemark.status }
  else if (chatwoot.kind !== tidemark.kind) yield { at: 'kind of answer', chatwoot: chatwoot.kind, tidemark: tidemark.kind }
  else yield* differences(comparable(chatwoot, question), comparable(tidemark, question), '')
  return undefined
}

/** The list that a question's answer is, or has, without a stated order or by pages. */
export function listOf({ body }: Reply, { unordered }: Pick<Question, 'unordered'>): Row[] | undefined {
  const list = unordered === 'payload' ? (body as { payload?: unknown } | null)?.payload : body
  return Array.isArray(list) ? (list as Row[]) : undefined
}

/** The same answer with another list in it. */
export function withList(reply: Reply, question: Pick<Question, 'unordered'>, list: Row[]): Reply {
  return { ...reply, body: question.unordered === 'payload' ? { ...(reply.body as object), payload: list } : list }
}

export type Row = Record<string, unknown>

function comparable(reply: Reply, question: Question): unknown {
  if (reply.kind === 'csv') {
    const records = csvRecords(String(reply.body))
    const { heading } = question
    return heading === undefined ? records : [...records.slice(0, heading), ...sorted(records.slice(heading))]
  }
  const list = question.unordered && listOf(reply, question)
  return list ? withList(reply, question, sorted(list)).body : reply.body
}

function sorted<T>(list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, key: sortKey(item) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item)
}

/** By id where there is one, so that one wrong figure is found as such and not as two rows that have no partner. */
function sortKey(item: unknown): string {
  if (Array.isArray(item) || typeof item !== 'object' || item === null) return JSON.stringify(item)
  const { id, team_id, assignee_id, name, conversation, metric_value, occurred_at } = item as Row
  return JSON.stringify([id ?? team_id ?? assignee_id ?? null, name ?? null, conversation ?? null, metric_value, occurred_at])
}

function* differences(chatwoot: unknown, tidemark: unknown, at: string): Generator<Difference, undefined> {
  if (chatwoot === tidemark) return undefined
  const here = { at: at || 'answer', chatwoot, tidemark }
  const inside = typeof chatwoot === 'object' && typeof tidemark === 'object' && chatwoot !== null && tidemark !== null
  if (!inside || Array.isArray(chatwoot) !== Array.isArray(tidemark)) {
    yield here
    return undefined
  }
  if (Array.isArray(chatwoot) && chatwoot.length !== (tidemark as unknown[]).length) {
    yield { at: `${here.at}: length`, chatwoot: chatwoot.length, tidemark: (tidemark as unknown[]).length }
  }
  for (const name of new Set([...Object.keys(chatwoot), ...Object.keys(tidemark)])) {
    const inner = Array.isArray(chatwoot) ? `${at}[${name}]` : at === '' ? name : `${at}.${name}`
    yield* differences((chatwoot as Row)[name], (tidemark as Row)[name], inner)
  }
  return undefined
}
