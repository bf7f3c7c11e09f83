import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
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

const path = (name: string, account = '1') => `/api/v1/accounts/${account}/${name}`
const ask = (name: string, query: Given = {}, token = 'token-1', account = '1') =>
  get(app, path(name, account), query, { api_access_token: token })
const json = async (name: string, query: Given = {}) => {
  const answer = await ask(name, query)
  expect([answer.statusCode, answer.body.slice(0, 300)]).toEqual([200, expect.anything()])
  return answer.json()
}
const put = (body: unknown, token = 'token-1') =>
  app.inject({ method: 'PUT', url: path('targets'), headers: { api_access_token: token }, payload: body as object })

const ranged = ['summary', 'timeseries', 'agents', 'inboxes', 'teams', 'labels', 'heatmap', 'first_response_buckets', 'outgoing_messages', 'inbox_label_matrix', 'csat', 'bots', 'drilldown'] // prettier-ignore
/** What a report cannot do without besides its range. */
const needs: Record<string, Given> = { outgoing_messages: { by: 'agent' }, drilldown: { metric: 'conversations_count' } }

describe('who may ask', () => {
  test.each(['reports/summary', 'reports/live', 'reports/drilldown', 'targets'])('%s', async (name) => {
    const query = name === 'reports/live' || name === 'targets' ? {} : { ...WEEK, ...needs[name.slice(8)] }
    const status = async (token: string, account = '1') => (await ask(name, query, token, account)).statusCode
    expect([await status('token-1'), await status('token-3')]).toEqual([200, 200])
    // An agent is told his own summary, and no more.
    expect([await status('token-2'), await status('token-4')]).toEqual([name === 'reports/summary' ? 200 : 403, 403])
    expect([await status(''), await status('nope')]).toEqual([401, 401])
    const [stranger, nowhere] = [await ask(name, query, 'token-5'), await ask(name, query, 'token-5', '77')]
    const body = (answer: typeof stranger) => ({ ...answer.json<object>(), request_id: '' })
    expect([stranger.statusCode, body(stranger)]).toEqual([404, body(nowhere)])
    expect(stranger.headers['content-type']).toMatch(/^application\/problem\+json/)
  })
})

describe('figures', () => {
  test.each(['before', 'after'])('a summary beside the week before, %s it is rolled', async (when) => {
    if (when === 'after') await rollEverything(database.pool, NOON + 86400)
    const { figures, ...about } = await json('reports/summary', { ...WEEK, compare: 'previous', target: 8641 })
    expect(figures).toMatchObject({
      conversations_count: { value: 2, n: 2, previous: { value: 0, n: 0 } },
      avg_first_response_time: {
        value: 8640,
        n: 1,
        within_target: { target: 8641, value: 100, n: 1 },
        previous: { value: null, n: 0 },
      },
      avg_resolution_time: { value: 86400.5, n: 1, within_target: { value: 0, n: 1 } },
      open_conversations_count: { value: 1, previous: { value: 0 } },
      first_contact_resolution: { value: 100, n: 1, previous: { value: null, n: 0 } },
      csat_score: { value: null, n: 0 },
    })
    expect(figures.unique_contacts_count).toBeUndefined()
    // The account is in New York: noon in London is eight o'clock there.
    expect(about).toEqual({
      timezone: 'America/New_York',
      period: { since: NOON - 7 * 86400, until: NOON, start: '2026-06-08T08:00:00-04:00', end: '2026-06-15T08:00:00-04:00' },
      previous_period: { since: NOON - 14 * 86400, until: NOON - 7 * 86400, start: '2026-06-01T08:00:00-04:00', end: '2026-06-08T08:00:00-04:00' },
      business_hours: false,
      stat: 'avg',
    }) // prettier-ignore
  })

  test('the clock, the median, a subject and filters', async () => {
    const one = async (query: Given) =>
      (await json('reports/summary', { ...WEEK, metrics: 'avg_first_response_time', ...query })).figures
    expect(await one({ business_hours: 'true' })).toEqual({ avg_first_response_time: { value: 3600, n: 1 } })
    const { avg_first_response_time: median } = await one({ stat: 'p50' })
    expect(Math.abs(median.value / 8640 - 1)).toBeLessThan(0.01)
    expect(await one({ type: 'agent', id: 2 })).toEqual({ avg_first_response_time: { value: 8640, n: 1 } })
    expect(await one({ type: 'agent', id: 1 })).toEqual({ avg_first_response_time: { value: null, n: 0 } })
    expect(await one({ inbox_ids: [1], team_ids: [1], label_ids: [1], agent_ids: [2] })).toEqual({
      avg_first_response_time: { value: 8640, n: 1 },
    })
    expect(await one({ team_ids: [0] })).toEqual({ avg_first_response_time: { value: null, n: 0 } })
  })

  test('a range by local dates, by days back and by ISO times is the same', async () => {
    const count = async (since: string, until: string) =>
      (await json('reports/summary', { since, until, metrics: 'conversations_count' })).period
    expect(await count('2026-06-08', '2026-06-15')).toMatchObject({ start: '2026-06-08T00:00:00-04:00' })
    expect(await count('-7d', '2026-06-15T12:00:00Z')).toMatchObject({ since: NOON - 7 * 86400, until: NOON })
  })

  test('a timeseries has a point per bucket of the account’s clock', async () => {
    const { points, group_by } = await json('reports/timeseries', {
      since: '2026-06-08',
      until: '2026-06-15',
      metrics: ['conversations_count', 'open_conversations_count'],
    })
    const values = (name: string) => points[name].map((point: { value: number }) => point.value)
    expect([group_by, values('conversations_count'), values('open_conversations_count')]).toEqual([
      'day',
      [0, 0, 0, 0, 1, 1, 0],
      [0, 0, 0, 0, 1, 1, 1],
    ])
  })

  test('tables name everyone, are sorted, and have the account’s total', async () => {
    const { rows, total } = await json('reports/agents', { ...WEEK, sort: '-outgoing_messages_count', compare: 'year' })
    expect(rows.map((row: { id: number }) => row.id)).toEqual([2, 1, 3, 4])
    expect(rows[0]).toMatchObject({ name: '=1+1', email: 'ben@example.com', thumbnail: '', availability: 'busy' })
    expect(rows[0].figures.resolutions_count).toEqual({ value: 1, n: 1, previous: { value: 0, n: 0 } })
    expect(total.conversations_count.value).toBe(2)
    const names = async (sort: string) =>
      (await json('reports/agents', { ...WEEK, sort })).rows.map((row: { name: string }) => row.name)
    expect((await names('-name')).toReversed()).toEqual(await names('name'))
    for (const [name, row] of [['inboxes', { name: 'Site', channel_type: 'Channel::WebWidget' }], ['teams', { name: 'first line' }], ['labels', { name: 'billing' }]] as const) {
      expect((await json(`reports/${name}`, WEEK)).rows).toMatchObject([row])
    } // prettier-ignore
  })

  test('every figure has its records', async () => {
    const { figures } = await json('reports/summary', WEEK)
    for (const [metric, figure] of Object.entries(figures as Record<string, { n: number }>)) {
      const { total_count, records } = await json('reports/drilldown', { ...WEEK, metric, per_page: 100 })
      expect([metric, total_count, records.length]).toEqual([metric, figure.n, figure.n])
    }
  })

  test('breakdowns of one kind, each beside another range', async () => {
    const { cells, previous } = await json('reports/heatmap', { ...WEEK, counted: 'messages', compare: 'previous' })
    const busy = (list: { count: number }[]) => list.filter(({ count }) => count > 0)
    expect(busy(cells)).toEqual([{ day: 'Friday', hour: 8, count: 1 }, { day: 'Friday', hour: 10, count: 1 }]) // prettier-ignore
    expect([cells.length, busy(previous)]).toEqual([168, []])
    const buckets = await json('reports/first_response_buckets', WEEK)
    expect([buckets.n, buckets.buckets.at(-1)]).toEqual([1, { bucket: '1hr+', count: 1 }])
    expect((await json('reports/outgoing_messages', { ...WEEK, by: 'agent' })).groups).toEqual([
      { id: 2, name: '=1+1', count: 1 },
    ])
    const { inboxes } = await json('reports/inbox_label_matrix', WEEK)
    expect(inboxes).toEqual([{ inbox_id: 1, inbox_name: 'Site', labels: [{ label_id: 1, label_name: 'billing', count: 1 }] }])
    expect((await json('reports/csat', WEEK)).total).toMatchObject({
      score: { value: null, n: 0 },
      responses: { value: 0, n: 0 },
    })
    expect((await json('reports/bots', WEEK)).figures).toMatchObject({ total_conversations: 0, bot_resolution_rate: null })
    expect(await json('reports/live')).toMatchObject({ open: 1, unassigned: 0, agents_online: 3, agents_busy: 1 })
  })
})

describe('targets', () => {
  test('an inbox’s own target wins over the account’s; only administrators set them', async () => {
    const targets = [
      { type: 'account', id: 1, times: 'first_response', seconds: 7200 },
      { type: 'inbox', id: 1, times: 'first_response', seconds: 9000 },
    ]
    expect([(await put({ targets })).json(), (await put({ targets }, 'token-3')).statusCode]).toEqual([{ targets }, 403])
    const query = { ...WEEK, metrics: 'avg_first_response_time' }
    const within = (row: { figures: { avg_first_response_time: { within_target?: object } } }) =>
      row.figures.avg_first_response_time.within_target
    expect(within((await json('reports/inboxes', query)).rows[0])).toEqual({ target: 9000, value: 100, n: 1 })
    expect(within((await json('reports/teams', query)).rows[0])).toEqual({ target: 7200, value: 0, n: 1 })
    expect(within({ figures: (await json('reports/summary', query)).figures })).toEqual({ target: 7200, value: 0, n: 1 })
    await run(database.pool, 'delete from tidemark.targets')
  })

  test.each([
    [{ targets: [{ type: 'inbox', id: 2, times: 'reply', seconds: 60 }] }, 404],
    [{ targets: [{ type: 'agent', id: 1, times: 'reply', seconds: 60 }] }, 422],
    [{ targets: [{ type: 'account', id: 1, times: 'reply', seconds: 0 }] }, 422],
    [{ targets: [1, 2].map(() => ({ type: 'account', id: 1, times: 'reply', seconds: 60 })) }, 422],
    [{ targets: [], more: 1 }, 422],
    [{}, 422],
  ])('%j is refused and changes nothing', async (body, status) => {
    const answer = await put(body)
    expect([answer.statusCode, answer.json<{ status: number }>().status]).toEqual([status, status])
    expect((await ask('targets')).json()).toEqual({ targets: [] })
  })
})

describe('what cannot be meant', () => {
  test.each([
    ['reports/summary', { ...WEEK, metrics: 'nope' }, 422, 'There is no metric "nope". Name one of conversations_count'],
    ['reports/summary', { ...WEEK, type: 'label' }, 422, 'type=label needs the id'],
    ['reports/summary', { ...WEEK, type: 'channel' }, 422, 'type: must be one of account, agent, inbox, label, team'],
    ['reports/summary', { ...WEEK, stat: 'p99' }, 422, 'stat: must be one of avg, p50, p90'],
    ['reports/summary', { ...WEEK, timezone: 'Mars/Base' }, 422, 'There is no time zone "Mars/Base"'],
    ['reports/summary', { ...WEEK, business_hours: 'yes' }, 422, 'business_hours: must be one of true, false'],
    ['reports/summary', { ...WEEK, since: 'soon' }, 422, 'since: Give a date'],
    ['reports/summary', { ...WEEK, since: '99999999999' }, 422, 'since must lie before the year 2100'],
    ['reports/summary', { since: WEEK.until, until: WEEK.since }, 422, 'until must be later than since'],
    ['reports/summary', { since: WEEK.since }, 422, 'until'],
    ['reports/summary', { ...WEEK, compare: 'custom' }, 422, 'compare=custom needs compare_since'],
    ['reports/summary', { ...WEEK, compare_since: '2026-01-01' }, 422, 'go with compare=custom'],
    ['reports/summary', { ...WEEK, target: '-5' }, 422, 'target: must be seconds'],
    ['reports/summary', { ...WEEK, sort: 'name' }, 422, 'There is no parameter sort here. There are since, until'],
    ['reports/summary', { ...WEEK, inbox_ids: Array(101).fill(1) }, 422, 'inbox_ids'],
    ['reports/summary', { ...WEEK, inbox_ids: ['1; drop table'] }, 422, 'inbox_ids'],
    ['reports/summary', { ...WEEK, inbox_ids: [2] }, 404, 'There is no inbox 2 in this account'],
    ['reports/summary', { ...WEEK, agent_ids: [5] }, 404, 'There is no agent 5 in this account'],
    ['reports/summary', { ...WEEK, type: 'team', id: 2 }, 404, 'There is no team 2 in this account'],
    ['reports/summary', { ...WEEK, label_ids: [0] }, 404, 'There is no label 0'],
    ['reports/timeseries', { ...WEEK, group_by: 'minute' }, 422, 'group_by: must be one of hour, day, week, month, year'],
    ['reports/timeseries', { since: '1970-01-01', until: '2090-01-01', group_by: 'hour' }, 422, 'A series has at most'],
    ['reports/agents', { ...WEEK, sort: 'nope' }, 422, 'sort: must be one of name, -name'],
    ['reports/heatmap', { ...WEEK, counted: 'x' }, 422, 'counted: must be one of conversations, resolutions, messages'],
    ['reports/outgoing_messages', { ...WEEK, by: 'x' }, 422, 'by: must be one of agent, team, inbox, label'],
    ['reports/drilldown', { ...WEEK, metric: 'tagged_conversations_count' }, 422, 'metric: must be one of'],
    ['reports/drilldown', { ...WEEK, metric: 'reply_time', per_page: 101 }, 422, 'per_page: must be a number from 1 to 100'],
    ['reports/nothing', {}, 404, 'Resource could not be found'],
  ])('%s %j', async (name, query, status, detail) => {
    const answer = await ask(name, query)
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([status, expect.stringContaining(detail)])
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  test.each(ranged)('%s refuses a range that holds nothing, and an unknown zone', async (name) => {
    const query = { ...WEEK, ...needs[name] }
    for (const odd of [{ until: WEEK.since }, { timezone: 'Nowhere' }, { since: 'x'.repeat(1000) }]) {
      expect((await ask(`reports/${name}`, { ...query, ...odd })).statusCode).toBe(422)
    }
    expect((await ask(`reports/${name}`, query)).statusCode).toBe(200)
  })
})

describe('words that nobody knows', () => {
  interface Described {
    parameters?: { name: string; in: string; schema: object }[]
  }
  const named = /^(metrics?|sort|group_by|by|counted)$/

  /** Our own GET routes (those of Chatwoot answer as it does) that take a word that is none of theirs, or a parameter. */
  async function lenient(of: App, only = /./): Promise<{ asked: number; taken: string[] }> {
    const { paths } = (await of.inject('/openapi.json')).json<{ paths: Record<string, { get?: Described }> }>()
    const own = Object.entries(paths).filter(
      ([url]) => /^\/api\/v1\/(admin|accounts)\/(?!.*csat_survey_responses)/.test(url) && only.test(url),
    )
    let asked = 0
    const taken: string[] = []
    for (const [url, { get: described }] of own) {
      const parameters = described?.parameters?.filter((parameter) => parameter.in === 'query') ?? []
      if (parameters.length === 0) continue
      const names = parameters.map(({ name }) => name)
      const query = {
        ...(names.includes('since') && WEEK),
        ...(names.includes('account_id') && { account_id: '1' }),
        ...needs[url.split('/reports/')[1] ?? ''],
      }
      const words = parameters.filter(({ name, schema }) => named.test(name) || JSON.stringify(schema).includes('"enum"'))
      for (const name of [...words.map((word) => word.name), 'unheard_of']) {
        const place = url.replace('{account_id}', '1').replaceAll(/\{\w+\}/g, '1')
        const { statusCode } = await get(of, place, { ...query, [name]: 'nope' }, { api_access_token: 'token-1' })
        asked++
        if (statusCode !== 400 && statusCode !== 422) taken.push(`${url} answers ${name}=nope with ${statusCode}`)
      }
    }
    return { asked, taken }
  }

  test('are refused, whichever route and parameter it is', async () => {
    const { asked, taken } = await lenient(app)
    expect(taken).toEqual([])
    expect(asked).toBeGreaterThan(100)
  })

  test('a route that takes anything is found', async () => {
    const broken = serve(database.pool, { clock: () => NOON })
    broken.register(async (scope: App) => {
      const querystring = z.object({ metric: z.string().default('conversations_count'), sort: z.string().optional() })
      const schema = { tags: ['Reports'], querystring, response: { 200: z.object({}) } }
      scope.get('/api/v1/accounts/1/reports/lenient', { schema }, async () => ({}))
    })
    await broken.ready()
    const { taken } = await lenient(broken, /lenient$/)
    await broken.close()
    expect(taken).toEqual(['metric', 'sort', 'unheard_of'].map((name) => `/api/v1/accounts/1/reports/lenient answers ${name}=nope with 200`)) // prettier-ignore
  })
})
