import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { chatwootDuration } from '../../src/reports/chatwoot/duration.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { emptierOf } from '../support/empty.ts'
import { announceMissing, sharedFolder, warnOnce } from '../support/shared.ts'
import { insertRows, type CaseRows } from './case-rows.ts'
import { chatwootTemplate, get, giveTokens, rollEverything, serve, type Given } from './desk.ts'
import { isServed } from './served.ts'

type Bucket = { value: number; timestamp: number }
type Expected = {
  status: number
  body?: unknown
  subset?: object
  unordered?: Record<string, unknown>[]
  key?: string
  values_at?: Record<string, number>
  sum_value?: number
  nonzero_values?: number[]
  first_timestamp?: number
  meta?: object
  first?: object
  ids?: number[]
}
interface RequestCase {
  kind: 'request'
  id: string
  title: string
  now: string
  rows: CaseRows
  request: { as_user: number; method: string; path: string; query: Given }
  expect: Expected
}
type Case =
  RequestCase | { kind: 'duration'; id: string; title: string; input: number; expect: string } | { kind: 'event'; id: string }

const shared = sharedFolder()
if (!shared) announceMissing('the cases with rows of their own')
const cases: Case[] = shared
  ? (JSON.parse(readFileSync(join(shared, 'chatwoot/examples/cases.json'), 'utf8')) as { cases: Case[] }).cases
  : []
const requests = cases.filter((one) => one.kind === 'request')
const replayed = requests.filter(({ request }) => isServed(request.path))
const skipped = requests.filter(({ request }) => !isServed(request.path))
if (skipped.length > 0) {
  warnOnce(`SKIPPED, not served yet:\n${skipped.map(({ id, request }) => `  ${request.path} (${id})`).join('\n')}`)
}

/** Cases that ask at one moment about the same rows, which are put there and rolled once for all of them. */
function onSameRows(requests: RequestCase[]) {
  const groups = new Map<string, [RequestCase, ...RequestCase[]]>()
  for (const one of requests) {
    const key = JSON.stringify([one.now, one.rows])
    const alike = groups.get(key)
    if (alike) alike.push(one)
    else groups.set(key, [one])
  }
  return [...groups.values()].map((alike) => ({ first: `rows of ${alike[0].id}`, alike }))
}

describe.skipIf(!shared)('recorded cases', () => {
  let database: TestDatabase
  let app: App
  let empty: () => Promise<void>
  let now: number
  beforeAll(async () => {
    database = await createDatabase({ template: await chatwootTemplate(shared!, 'chatwoot') })
    empty = await emptierOf(database.pool)
    app = serve(database.pool, { clock: () => now })
  })
  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  /** Answers by case. */
  const fromRaw = new Map<string, Answer>()
  type Answer = Awaited<ReturnType<typeof ask>>

  function ask({ request: { path, query, as_user } }: RequestCase) {
    return get(app, path, query, { api_access_token: `token-${as_user}` })
  }

  describe.each(onSameRows(replayed))('$first', ({ alike }) => {
    beforeAll(async () => {
      const [{ rows, now: at }] = alike
      await empty()
      await insertRows(database.pool, rows)
      await giveTokens(database.pool)
      now = Date.parse(at) / 1000
      for (const asked of alike) fromRaw.set(asked.id, await ask(asked))
      await rollEverything(database.pool, now + 7 * 86400)
    })

    test.each(alike.map((one) => [one.id, one.title, one] as const))('%s: %s', async (id, _title, asked) => {
      for (const answer of [fromRaw.get(id)!, await ask(asked)]) {
        expect(answer.statusCode).toBe(asked.expect.status)
        check(answer.body === '' ? undefined : answer.json(), asked.expect)
      }
    })
  })

  test.each(cases.filter((one) => one.kind === 'duration').map((one) => [one.input, one.expect] as const))(
    '%d seconds are written %s',
    (seconds, text) => {
      expect(chatwootDuration(seconds)).toBe(text)
    },
  )
})

/** What a case may expect of an answer; anything else in it is an expectation that this test does not know. */
function check(body: unknown, { status: _status, ...expected }: Expected): void {
  const {
    body: whole,
    subset,
    unordered,
    key = 'id',
    values_at,
    sum_value,
    nonzero_values,
    first_timestamp,
    meta,
    first,
    ids,
    ...unknown
  } = expected
  expect(unknown).toEqual({})
  if (whole !== undefined) expect(body).toEqual(whole)
  if (subset) expect(body).toMatchObject(subset)
  if (unordered) expect(sorted(body as Record<string, unknown>[], key)).toEqual(sorted(unordered, key))
  const buckets = body as Bucket[]
  if (values_at) {
    const present = Object.fromEntries(buckets.map(({ timestamp, value }) => [timestamp, value]))
    expect(present).toMatchObject(values_at)
  }
  if (sum_value !== undefined) expect(buckets.reduce((sum, { value }) => sum + value, 0)).toBe(sum_value)
  if (nonzero_values) expect(buckets.map(({ value }) => value).filter((value) => value !== 0)).toEqual(nonzero_values)
  if (meta) expect(body).toMatchObject({ meta })
  if (first) expect((body as { payload: unknown[] }).payload[0]).toMatchObject(first)
  if (ids) expect((body as { id: number }[]).map(({ id }) => id)).toEqual(ids)
  if (first_timestamp !== undefined) expect(buckets[0]?.timestamp).toBe(first_timestamp)
}

function sorted(rows: Record<string, unknown>[], key: string): Record<string, unknown>[] {
  return [...rows].sort((a, b) => String(a[key]).localeCompare(String(b[key])))
}
