import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { insertRows } from './case-rows.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'
import { NOON, openOffice, WEEK } from './office.ts'

const SINCE = NOON - 7 * 86400
const iso = (instant: number) => new Date(instant * 1000).toISOString()
const answered = { account_id: 1, conversation_id: 1, contact_id: 1, assigned_agent_id: 2, rating: 5 }
const survey = { account_id: 1, inbox_id: 1, conversation_id: 1, message_type: 'template', content_type: 9 }

const rows = {
  contacts: [
    { id: 1, account_id: 1, name: 'Zoe, "Z"', email: 'zoe@example.com', phone_number: '+15550001', blocked: true, identifier: 'z-1', additional_attributes: { city: 'Rome' }, custom_attributes: { tier: 1 }, last_activity_at: iso(NOON + 0.9) }, // prettier-ignore
    { id: 2, account_id: 2, name: 'Theirs', email: 'theirs@example.com' },
    { id: 3, account_id: 1, name: '' },
  ],
  conversations: [{ id: 20, account_id: 1, inbox_id: 1, team_id: 1, created_at: iso(SINCE), display_id: 77 }],
  messages: [
    { ...survey, id: 50, created_at: iso(SINCE) },
    { ...survey, id: 51, created_at: iso(NOON - 1), message_type: 'outgoing' },
    { ...survey, id: 52, created_at: iso(NOON) },
    { ...survey, id: 53, created_at: iso(SINCE - 1) },
    { ...survey, id: 54, created_at: iso(SINCE), account_id: 2, inbox_id: 2, conversation_id: 3 },
  ],
  csat_survey_responses: [
    { ...answered, id: 1, message_id: 50, created_at: iso(SINCE), feedback_message: '=HYPERLINK("http://x")', csat_review_notes: 'called\nback', review_notes_updated_at: iso(NOON + 0.9), review_notes_updated_by_id: 1 }, // prettier-ignore
    { ...answered, id: 2, message_id: 51, created_at: iso(NOON - 100.5), rating: 1, conversation_id: 20, assigned_agent_id: null, contact_id: 3 }, // prettier-ignore
    { ...answered, id: 3, message_id: 52, created_at: iso(NOON), rating: 3 },
    { ...answered, id: 4, message_id: 53, created_at: iso(SINCE - 1), rating: 4, assigned_agent_id: 5 },
    { ...answered, id: 5, message_id: 54, created_at: iso(NOON - 200), account_id: 2, conversation_id: 3, contact_id: 2, assigned_agent_id: 5 }, // prettier-ignore
    // Its conversation and contact are gone, or another account's.
    { ...answered, id: 6, message_id: 55, created_at: iso(NOON - 300), rating: 5, conversation_id: 3, contact_id: 2, assigned_agent_id: 1 }, // prettier-ignore
  ],
}

let database: TestDatabase
let app: App
beforeAll(async () => {
  database = await openOffice()
  await insertRows(database.pool, rows)
  await run(database.pool, `update users set display_name = 'Benny', custom_attributes = '{"shift":"late"}' where id = 2`)
  app = serve(database.pool, { clock: () => NOON, chatwootUrl: 'https://chat.example.com/' })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const base = '/api/v1/accounts/1/csat_survey_responses'
const ask = (path = '', query: Given = {}, token = 'token-1') => get(app, base + path, query, { api_access_token: token })
const ids = async (query: Given) => (await ask('', query)).json<{ id: number }[]>().map(({ id }) => id)
const metrics = async (query: Given) => (await ask('/metrics', query)).json<Record<string, unknown>>()

describe('who may read CSAT', () => {
  test.each([
    ['', '1', 401, { errors: ['You need to sign in or sign up before continuing.'] }],
    ['nope', '1', 401, { error: 'Invalid Access Token' }],
    ['token-2', '1', 401, { error: 'You are not authorized to do this action' }],
    ['token-5', '1', 401, { error: 'You are not authorized to access this account' }],
    ['token-1', '77', 404, { error: 'Resource could not be found' }],
  ])('%j in account %s: %d, in Chatwoot’s words', async (token, account, status, body) => {
    for (const path of ['', '/metrics', '/download', '.json', '/download.csv']) {
      const url = `/api/v1/accounts/${account}/csat_survey_responses${path}`
      const answer = await get(app, url, WEEK, { api_access_token: token })
      expect([answer.statusCode, answer.json()]).toEqual([status, body])
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    }
  })

  test.each(['token-1', 'token-3'])('%s may', async (token) => {
    for (const path of ['', '/metrics', '/download']) expect((await ask(path, WEEK, token)).statusCode).toBe(200)
  })

  test('bad input is told in Chatwoot’s shape', async () => {
    for (const [path, query] of [
      ['', { since: 'abc' }],
      ['/metrics', { until: '1e9' }],
      ['', { page: '9'.repeat(20) }],
      ['', { rating: ['1'] }],
      ['/download', {}],
      ['/download', { since: '1' }],
    ] as const) {
      // prettier-ignore
      const answer = await ask(path, query as Given)
      expect([answer.statusCode, answer.json()]).toEqual([422, { error: expect.stringMatching(/\w{3}/) as string }])
    }
  })
})

describe('the list', () => {
  test('has all fields, and not those that are nothing', async () => {
    const answer = await ask('', { ...WEEK, user_ids: [2] })
    expect(answer.headers['x-report-source']).toBe('raw')
    expect(answer.body).toBe(
      `[{"id":1,"rating":5,"feedback_message":"=HYPERLINK(\\"http://x\\")","csat_review_notes":"called\\nback","review_notes_updated_at":${NOON},` +
        '"review_notes_updated_by":{"id":1,"name":"Ann"},"account_id":1,"message_id":50,"contact":{"additional_attributes":{"city":"Rome"},' +
        '"availability_status":"offline","email":"zoe@example.com","id":1,"name":"Zoe, \\"Z\\"","phone_number":"+15550001","blocked":true,"identifier":"z-1",' +
        `"thumbnail":"","custom_attributes":{"tier":1},"last_activity_at":${NOON},"created_at":1767225600},"conversation_id":1,` +
        '"assigned_agent":{"id":2,"account_id":1,"availability_status":"busy","auto_offline":false,"confirmed":true,"email":"ben@example.com","provider":"email",' +
        `"available_name":"Benny","custom_attributes":{"shift":"late"},"name":"=1+1","role":"agent","thumbnail":"","custom_role_id":null},"created_at":${SINCE}}]`,
    )
  })

  test('nothing of another account or of what is gone is in it', async () => {
    const [answer] = (await ask('', { ...WEEK, user_ids: [1] })).json<Record<string, unknown>[]>()
    expect(answer).toMatchObject({ id: 6, conversation_id: null, assigned_agent: { id: 1, role: 'administrator' } })
    expect(answer).not.toHaveProperty('contact')
    expect(answer).not.toHaveProperty('review_notes_updated_by')
    const [nobodys] = (await ask('', { ...WEEK, rating: 1 })).json<Record<string, unknown>[]>()
    expect(nobodys).toMatchObject({ id: 2, conversation_id: 77, contact: { id: 3, name: '', email: null } })
    expect(nobodys).not.toHaveProperty('assigned_agent')
    expect(nobodys?.['contact']).not.toHaveProperty('last_activity_at')
  })

  test('an agent who has left is shown with what is known without his membership', async () => {
    const [answer] = (await ask('', { user_ids: [5] })).json<Record<string, unknown>[]>()
    expect(answer?.['assigned_agent']).toEqual({ id: 5, account_id: 1, availability_status: null, auto_offline: null, confirmed: true, email: 'eve@example.com', provider: 'email', available_name: 'Eve', name: 'Eve', role: null, thumbnail: '', custom_role_id: null }) // prettier-ignore
  })

  test.each<[Given, number[]]>([
    [{}, [1, 2, 3, 4, 6]],
    [{ since: WEEK.since }, [1, 2, 3, 4, 6]],
    [{ until: WEEK.until, since: '' }, [1, 2, 3, 4, 6]],
    [WEEK, [1, 2, 6]],
    [{ since: WEEK.until, until: WEEK.since }, []],
    [{ sort: '-created_at' }, [3, 2, 6, 1, 4]],
    [{ sort: 'created_at' }, [4, 1, 6, 2, 3]],
    [{ sort: 'rating' }, [1, 2, 3, 4, 6]],
    [{ user_ids: [1, 2] }, [1, 3, 6]],
    [{ user_ids: '2' }, [1, 3]],
    [{ user_ids: ['', ' '] }, [1, 2, 3, 4, 6]],
    [{ user_ids: ['abc'] }, []],
    [{ user_ids: [0, '9'.repeat(30)] }, []],
    [{ inbox_id: 1 }, [1, 2, 3, 4]],
    [{ inbox_id: 2 }, []],
    [{ inbox_id: '' }, [1, 2, 3, 4, 6]],
    [{ inbox_id: 0 }, []],
    [{ team_id: 1 }, [1, 2, 3, 4]],
    [{ team_id: 1, rating: 3 }, [3]],
    [{ team_id: 2 }, []],
    [{ rating: 5 }, [1, 6]],
    [{ rating: 'good' }, []],
    [{ rating: '9'.repeat(15) }, []],
    [{ page: 0 }, [1, 2, 3, 4, 6]],
    [{ page: 'x' }, [1, 2, 3, 4, 6]],
    [{ page: 2 }, []],
  ])('of %j: %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected)
  })

  test('pages have 25', async () => {
    const crowded = await openOffice()
    await run(
      crowded.pool,
      `insert into csat_survey_responses (id, account_id, conversation_id, message_id, rating, contact_id, created_at, updated_at)
       select n, 1, 1, n, 5, 1, now(), now() from generate_series(1, 60) as n`,
    )
    const server = serve(crowded.pool, { clock: () => NOON })
    const page = async (query: Given) => {
      const answer = await get(server, base, query, { api_access_token: 'token-1' })
      return answer.json<{ id: number }[]>().map(({ id }) => id)
    }
    const numbers = (from: number, until: number) => Array.from({ length: until - from + 1 }, (_, i) => from + i)
    expect(await page({})).toEqual(numbers(1, 25))
    expect(await page({ page: 3 })).toEqual(numbers(51, 60))
    // All at the same moment: pages still follow each other.
    expect(await page({ sort: '-created_at', page: 2 })).toEqual(numbers(11, 35).toReversed())
    await server.close()
    await crowded.drop()
  })
})

describe('metrics', () => {
  const cases: [Given, Record<string, number>, number][] = [
    [{}, { 1: 1, 3: 1, 4: 1, 5: 2 }, 4],
    [WEEK, { 1: 1, 5: 2 }, 2],
    [{ since: WEEK.until, until: WEEK.since }, {}, 0],
    [{ ...WEEK, rating: 5 }, { 5: 2 }, 2],
    [{ ...WEEK, rating: 2 }, {}, 2],
    [{ ...WEEK, user_ids: [2] }, { 5: 1 }, 2],
    [{ ...WEEK, user_ids: [1, 2] }, { 5: 2 }, 2],
    [{ ...WEEK, user_ids: [0] }, {}, 2],
    [{ ...WEEK, inbox_id: 1 }, { 1: 1, 5: 1 }, 2],
    [{ ...WEEK, inbox_id: 0 }, {}, 2],
    [{ ...WEEK, team_id: 1 }, { 1: 1, 5: 1 }, 2],
    [{ ...WEEK, team_id: 2 }, {}, 2],
    [{ ...WEEK, team_id: 1, user_ids: [2] }, { 5: 1 }, 2],
    [{ since: WEEK.since, inbox_id: 1 }, { 1: 1, 3: 1, 4: 1, 5: 1 }, 4],
  ]
  const check = async () => {
    for (const [query, ratings, sent] of cases) {
      const total = Object.values(ratings).reduce((sum, n) => sum + n, 0)
      const expected = { total_count: total, ratings_count: ratings, total_sent_messages_count: sent }
      expect([query, await metrics(query)]).toEqual([query, expected])
    }
  }

  test('count by rating and know no filter for what was sent, before and after rolling', async () => {
    await check()
    await rollEverything(database.pool, NOON + 86400)
    await check()
  })

  test('come from rollups where they can', async () => {
    const source = async (query: Given) => (await ask('/metrics', query)).headers['x-report-source']
    for (const query of [{}, { user_ids: [2] }, { inbox_id: 1 }, { team_id: 1 }]) {
      expect(await source({ ...WEEK, ...query })).toBe('rollup')
    }
    expect(await source({ ...WEEK, rating: 5 })).toBe('mixed')
  })
})

describe('the file', () => {
  const head = 'Agent Name,Rating,Feedback Comment,Contact Name,Contact Email Address,Contact Phone Number,Link to the conversation,Recorded date,Review Notes\n' // prettier-ignore

  test('has a line for each response, guarded and quoted, and the period last', async () => {
    const answer = await ask('/download', WEEK)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe('attachment; filename=csat_report.csv')
    expect(answer.body).toBe(
      `${head}'=1+1 (ben@example.com),5,"'=HYPERLINK(""http://x"")","Zoe, ""Z""",zoe@example.com,'+15550001,` +
        'https://chat.example.com/app/accounts/1/conversations/1,2026-06-08 12:00:00 UTC,"called\nback"\n' +
        ',1,,,,,https://chat.example.com/app/accounts/1/conversations/77,2026-06-15 11:58:19 UTC,\n' +
        'Ann (ann@example.com),5,,,,,,2026-06-15 11:55:00 UTC,\n' +
        'Reporting period 2026-06-08 to 2026-06-15\n',
    )
  })

  test('obeys the filters; of nothing it has the headings and the period', async () => {
    expect((await ask('/download.csv', { ...WEEK, rating: 1 })).body.split('\n').length).toBe(4)
    expect((await ask('/download', { ...WEEK, rating: 2 })).body).toBe(`${head}Reporting period 2026-06-08 to 2026-06-15\n`)
    expect((await ask('/download', { since: WEEK.until, until: WEEK.since })).body).toBe(`${head}Reporting period 2026-06-15 to 2026-06-08\n`) // prettier-ignore
  })

  test('is refused beyond 50,000 lines, with what to ask instead', async () => {
    const crowded = await openOffice()
    await run(
      crowded.pool,
      `insert into csat_survey_responses (id, account_id, conversation_id, message_id, rating, contact_id, created_at, updated_at)
       select n, 1, 1, n, 5, 1, to_timestamp($1) at time zone 'UTC', now() from generate_series(1, 50001) as n`,
      [NOON - 1],
    )
    const server = serve(crowded.pool, { clock: () => NOON })
    const file = () => get(server, `${base}/download`, WEEK, { api_access_token: 'token-1' })
    const refused = await file()
    expect([refused.statusCode, refused.json()]).toEqual([
      422,
      { error: expect.stringMatching(/at most 50000 .*shorter/) as string },
    ])
    await run(crowded.pool, 'delete from csat_survey_responses where id = 1')
    expect((await file()).body.split('\n').length).toBe(50_003)
    await server.close()
    await crowded.drop()
  })
})
