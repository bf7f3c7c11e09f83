import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPool } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { intercept } from '../support/intercept.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const ask = (path: string, query: Given = {}, headers: Record<string, string> = {}, server = app) =>
  get(server, `/api/v2/accounts/1/${path}`, query, { api_access_token: 'token-1', ...headers })
const series = { metric: 'conversations_count', type: 'account', ...WEEK }
const nothing = { conversations_count: 0, incoming_messages_count: 0, outgoing_messages_count: 0, avg_first_response_time: null, avg_resolution_time: null, resolutions_count: 0, reply_time: null } // prettier-ignore

describe('parameters that are missing or wrong', () => {
  test.each(['nonsense', '', 'csat_score', 'tagged_conversations_count'])('the unknown metric %j gives {}', async (metric) => {
    for (const rest of [{ type: 'nonsense' }, { type: 'account' }, { type: 'agent', id: '99' }, {}]) {
      const answer = await ask('reports', { ...WEEK, metric, ...rest })
      expect([answer.statusCode, answer.body]).toEqual([200, '{}'])
    }
  })

  test.each(['nonsense', '', 'Account'])('the type %j is refused with a sentence', async (type) => {
    for (const path of ['reports', 'reports/summary', 'reports/bot_summary']) {
      const answer = await ask(path, { ...series, type })
      expect(answer.statusCode).toBe(422)
      expect(answer.json()).toEqual({
        error: expect.stringMatching(/^type must be one of account, inbox, agent, team, label/) as string,
      })
    }
  })

  test('a missing end gives an empty series, a summary of nothing, and every entity with nothing', async () => {
    for (const range of [{}, { since: WEEK.since }, { until: WEEK.until }, { since: '', until: WEEK.until }]) {
      expect((await ask('reports', { metric: 'reply_time', type: 'account', ...range })).json()).toEqual([])
      expect((await ask('reports/summary', { type: 'account', ...range })).json()).toEqual({ ...nothing, previous: nothing })
      const agents = (await ask('summary_reports/agent', range)).json() as unknown[]
      expect(agents.length).toBe(4)
      expect(agents[1]).toEqual({ id: 2, conversations_count: 0, resolved_conversations_count: 0, avg_resolution_time: null, avg_first_response_time: null, avg_reply_time: null }) // prettier-ignore
    }
  })

  test('without an end the label summary speaks of all there is', async () => {
    for (const range of [{}, { since: WEEK.until }, { until: WEEK.since }]) {
      expect((await ask('summary_reports/label', range)).body).toBe(
        '[{"id":1,"name":"billing","conversations_count":1,"avg_resolution_time":86400.5,"avg_first_response_time":8640,"avg_reply_time":0,"resolved_conversations_count":1}]',
      )
    }
  })

  test('a file without an end is refused', async () => {
    for (const path of ['reports/agents.csv', 'reports/labels.csv', 'reports/conversations_summary']) {
      expect((await ask(path, { since: WEEK.since })).statusCode).toBe(422)
    }
  })

  test('a range that ends before it starts is empty; a series keeps the bucket that holds its start', async () => {
    const backwards = { since: WEEK.until, until: WEEK.since }
    expect((await ask('reports/summary', { type: 'account', ...backwards })).json()).toEqual({ ...nothing, previous: nothing })
    expect((await ask('reports', { ...series, ...backwards })).json()).toEqual([{ value: 0, timestamp: NOON - 43200 }])
    expect((await ask('reports', { ...series, since: WEEK.until, metric: 'reply_time' })).json()).toEqual([
      { value: 0, timestamp: NOON - 43200, count: 0 },
    ])
  })

  test('whatever cannot be read as a moment is refused', async () => {
    for (const since of ['abc', '2026-06-08', 'NaN', 'Infinity', '1e3', '99999999999999999999']) {
      expect((await ask('reports/summary', { type: 'account', since, until: WEEK.until })).statusCode).toBe(422)
    }
  })
})

test('the id of a label or team may be beyond those of inboxes and agents', async () => {
  await database.pool.query(
    `insert into labels (id, title, account_id, created_at, updated_at) values (3000000000, 'far', 1, now(), now())`,
  )
  const answer = await ask('reports/summary', { type: 'label', id: '3000000000', ...WEEK })
  expect([answer.statusCode, answer.json()]).toEqual([200, { ...nothing, previous: nothing }])
  await database.pool.query('delete from labels where id = 3000000000')
})

describe('time zones', () => {
  const starts = async (query: Given) => {
    const buckets = (await ask('reports', { ...series, ...query })).json() as { timestamp: number }[]
    return (buckets[0]!.timestamp % 86400) / 3600
  }

  test('none is UTC, a name wins over an offset, and unknown names are refused', async () => {
    expect(await starts({})).toBe(0)
    expect(await starts({ timezone_offset: '' })).toBe(0)
    expect(await starts({ timezone: 'Europe/Berlin', timezone_offset: '9' })).toBe(22)
    expect(await starts({ timezone: 'Eastern Time (US & Canada)' })).toBe(4)
    expect(await starts({ timezone: '', timezone_offset: '9' })).toBe(15)
    expect((await ask('reports', { ...series, timezone: 'Mars/Olympus' })).statusCode).toBe(422)
    expect((await ask('reports', { ...series, timezone: '../../etc/passwd' })).statusCode).toBe(422)
  })

  test('the offset of the account means its zone, through all its changes', async () => {
    // In June New York is at -4; the rule of the list alone would take it too. In January only the account's zone fits.
    const winter = { ...series, since: '1767225600', until: '1767312000', timezone_offset: '-4' }
    expect((await ask('reports', winter)).json()).toMatchObject([{ timestamp: 1767157200 }, { timestamp: 1767243600 }])
  })

  test('an offset that no zone has is UTC', async () => {
    expect(await starts({ timezone_offset: '7.25' })).toBe(0)
    expect(await starts({ timezone_offset: '1e300' })).toBe(0)
  })

  test('where clocks go back both hours are shown and the second has the rows of both', async () => {
    const fold = Date.parse('2026-11-01T06:00:00Z') / 1000
    await database.pool.query(
      `insert into conversations (id, account_id, inbox_id, contact_id, display_id, last_activity_at, created_at, updated_at)
       select 100 + n, 1, 1, 1, 100 + n, t, t, t
       from unnest(array['2026-11-01 05:30', '2026-11-01 06:30', '2026-11-01 07:30']::timestamp[]) with ordinality as u (t, n)`,
    )
    const query = { ...series, since: fold - 7200, until: fold + 7200, group_by: 'hour', timezone: 'America/New_York' }
    expect((await ask('reports', query)).json()).toEqual([
      { value: 0, timestamp: fold - 7200 },
      { value: 0, timestamp: fold - 3600 },
      { value: 2, timestamp: fold },
      { value: 1, timestamp: fold + 3600 },
    ])
  })
})

describe('what is bounded', () => {
  test('a series of more than 20,000 points is refused at once, saying what to narrow', async () => {
    for (const [group_by, until] of [
      ['hour', 20_001 * 3600],
      ['hour', 4_102_444_800],
      ['day', 20_001 * 86400],
    ] as const) {
      const started = performance.now()
      const answer = await ask('reports', { ...series, since: '0', until, group_by })
      expect([answer.statusCode, answer.json()]).toEqual([
        422,
        { error: expect.stringMatching(/20000 points.*coarser group_by/) as string },
      ])
      expect(performance.now() - started).toBeLessThan(500)
    }
    expect((await ask('reports', { ...series, since: '0', until: 20_000 * 3600, group_by: 'hour' })).json()).toHaveLength(20_000)
    expect((await ask('reports', { ...series, since: '0', until: '4102444800', group_by: 'year' })).json()).toHaveLength(130)
  })

  test.each(['since[]=1', 'since=1&since=2', 'since[a]=1', 'type[]=account', 'metric=a%00b', 'id=1&id=2'])(
    '%s is refused',
    async (text) => {
      const url = `/api/v2/accounts/1/reports?metric=reply_time&type=account&${text}`
      const answer = await app.inject({ url, headers: { api_access_token: 'token-1' } })
      expect(answer.statusCode).toBe(422)
      expect(Object.keys(answer.json())).toEqual(['error'])
    },
  )

  test('an address of a megabyte is refused quickly', async () => {
    const started = performance.now()
    const answer = await ask('reports', { ...series, metric: 'x'.repeat(1_000_000) })
    expect(answer.statusCode).toBe(414)
    expect(performance.now() - started).toBeLessThan(500)
  })

  test('a statement that takes too long is refused with Chatwoot’s words', async () => {
    const client = await database.pool.connect()
    await client.query('begin; lock table conversations in access exclusive mode')
    const readPool = openPool(database.url, { max: 1, statementTimeout: 200 })
    const slow = serve(database.pool, { readPool, clock: () => NOON })
    const answer = await ask('reports', series, {}, slow)
    await client.query('rollback')
    client.release()
    await slow.close()
    await readPool.end()
    expect([answer.statusCode, answer.json()]).toEqual([
      422,
      { error: 'The request took too long to complete. Please try again.' },
    ])
  })
})

describe('how an answer says that it was made', () => {
  test('the headers of every report', async () => {
    for (const path of [
      'reports',
      'reports/summary',
      'reports/agents',
      'reports/agents.csv',
      'summary_reports/label',
      'reports/conversations_summary',
    ]) {
      const { headers } = await ask(path, series)
      expect(headers['x-report-source']).toMatch(/^(raw|mixed|rollup)$/)
      expect(headers['x-data-complete-through']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(headers['cache-control']).toContain('private')
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    }
    expect((await ask('reports', { ...WEEK, metric: 'nonsense' })).headers['x-report-source']).toBeDefined()
  })

  test('a request id from a proxy is kept when it is a sane one', async () => {
    expect((await ask('reports', series, { 'x-request-id': 'abc-123' })).headers['x-request-id']).toBe('abc-123')
    expect((await ask('reports', series, { 'x-request-id': 'a b\nc' })).headers['x-request-id']).not.toContain('a b')
  })

  const yearly = ['reports', 'reports/summary', 'reports/agents', 'reports/inboxes', 'reports/teams', 'reports/labels', 'summary_reports/agent'] // prettier-ignore
  const YEAR = { since: String(Date.parse('2025-06-15T04:00Z') / 1000), until: String(Date.parse('2026-06-15T04:00Z') / 1000) }

  /** The reports whose statements name a table of raw rows. */
  async function readingRaw(range: Given): Promise<string[]> {
    const found = new Set<string>()
    let asked = ''
    const before = (text: string) => {
      if (/\b(from|join)\s+(conversations|messages|reporting_events|csat_survey_responses|taggings)\b/.test(text))
        found.add(asked)
    }
    const watched = serve(database.pool, { readPool: intercept(database.pool, { before }), clock: () => NOON })
    for (asked of yearly) {
      const { statusCode } = await ask(asked, { type: 'account', metric: 'conversations_count', ...range }, {}, watched)
      expect(statusCode).toBe(200)
    }
    await watched.close()
    return [...found]
  }

  test('rolled hours are read from rollups, and the answer stays the same', async () => {
    const before = await ask('reports/summary', { type: 'account', ...WEEK })
    expect(before.headers['x-report-source']).toBe('raw')
    await rollEverything(database.pool, NOON + 86400)
    expect(await readingRaw(YEAR)).toEqual([])
    expect(await readingRaw({ ...YEAR, since: String(Number(YEAR.since) + 1) })).toHaveLength(yearly.length)
    const after = await ask('reports/summary', { type: 'account', ...WEEK })
    expect(after.headers['x-report-source']).toBe('rollup')
    expect(after.body).toBe(before.body)
    const ragged = await ask('reports/summary', { type: 'account', since: Number(WEEK.since) + 1, until: WEEK.until })
    expect(ragged.headers['x-report-source']).toBe('mixed')
  })
})
