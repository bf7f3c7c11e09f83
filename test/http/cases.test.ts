import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
  beforeEach(() => empty())
  afterAll(async () => {
    await app?.close()
    await database?.drop()
  })

  test.each(replayed.map((one) => [one.id, one.title, one] as const))('%s: %s', async (_id, _title, asked) => {
    await insertRows(database.pool, asked.rows)
    await giveTokens(database.pool)
    now = Date.parse(asked.now) / 1000
    const { path, query, as_user } = asked.request
    const ask = () => get(app, path, query, { api_access_token: `token-${as_user}` })
    const fromRaw = await ask()
    await rollEverything(database.pool, now + 7 * 86400)
    const fromRollups = await ask()
    for (const answer of [fromRaw, fromRollups]) {
      expect(answer.statusCode).toBe(asked.expect.status)
      check(answer.body === '' ? undefined : answer.json(), asked.expect)
    }
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
