import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, serve, type Given } from './desk.ts'
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

describe('lists of entities', () => {
  test('agents are JSON in the product’s shape', async () => {
    const answer = await ask('reports/agents', WEEK)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.body).toContain(
      '{"id":2,"name":"=1+1","email":"ben@example.com","thumbnail":"","availability":"busy","conversations_count":1,' +
        '"incoming_messages_count":0,"outgoing_messages_count":1,"avg_first_response_time":8640,"avg_resolution_time":86400.5,"resolutions_count":1}',
    )
    expect(answer.json()).toHaveLength(4)
  })

  test('inboxes, teams and labels too', async () => {
    const figures = { conversations_count: 2, incoming_messages_count: 1, outgoing_messages_count: 1, avg_first_response_time: 3600, avg_resolution_time: null, resolutions_count: 1 } // prettier-ignore
    const query = { ...WEEK, business_hours: 'true' }
    expect((await ask('reports/inboxes', query)).json()).toEqual([
      { id: 1, name: 'Site', channel_type: 'Channel::WebWidget', ...figures },
    ])
    expect((await ask('reports/teams', query)).json()).toEqual([
      { id: 1, name: 'first line', ...figures, conversations_count: 1 },
    ])
    expect((await ask('reports/labels', query)).json()).toEqual([{ id: 1, title: 'billing', ...figures, conversations_count: 1 }])
  })

  const file =
    'Reporting period 2026-06-08 to 2026-06-15\n\n\n' +
    'Agent name,Assigned conversations,Avg first response time,Avg resolution time,Avg customer waiting time,Resolution Count\n' +
    'Ann,1,N/A,N/A,N/A,0\n\'=1+1,1,2 hours 24 minutes,1 day,N/A,1\n"Cleo, ""C""",0,N/A,N/A,N/A,0\nDan O\'Hara,0,N/A,N/A,N/A,0\n'

  test.each<[string, Given, Record<string, string>]>([
    ['reports/agents.csv', {}, {}],
    ['reports/agents', { format: 'csv' }, {}],
    ['reports/agents', {}, { accept: 'text/csv' }],
    ['reports/agents.csv', { format: 'json' }, { accept: 'application/json' }],
  ])('%s with %j and %j is the file', async (path, query, headers) => {
    const answer = await ask(path, { ...WEEK, ...query }, headers)
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe('attachment; filename=agents_report.csv')
    expect(answer.body).toBe(file)
  })

  test('the summary is a file under any suffix, as with Chatwoot', async () => {
    for (const path of ['conversations_summary', 'conversations_summary.csv', 'conversations_summary.json']) {
      const answer = await ask(`reports/${path}`, WEEK, { accept: 'application/json' })
      expect(answer.headers['content-disposition']).toBe('attachment; filename=conversations_summary_report.csv')
      expect(answer.body.split('\n').slice(3)).toEqual([
        'Conversations,Messages received,Messages sent,Avg first response time,Avg resolution time,Resolution count,Avg customer waiting time',
        '2,1,1,2 hours 24 minutes,1 day,1,N/A',
        '',
      ])
    }
  })

  test('for Chatwoot’s own pages they are files unless JSON is named', async () => {
    const ui = serve(database.pool, { clock: () => NOON, chatwootUi: true })
    const axios = { accept: 'application/json, text/plain, */*' }
    expect((await ask('reports/agents', WEEK, axios, ui)).body).toBe(file)
    expect((await ask('reports/agents.json', WEEK, axios, ui)).json()).toHaveLength(4)
    expect((await ask('reports/agents', { ...WEEK, format: 'json' }, axios, ui)).json()).toHaveLength(4)
    await ui.close()
  })

  test('more than 10,000 are refused with what to ask instead', async () => {
    const crowded = await openOffice()
    await run(
      crowded.pool,
      `insert into labels (id, title, account_id, created_at, updated_at)
       select n, 'label ' || n, 1, now(), now() from generate_series(10, 10009) n`,
    )
    const server = serve(crowded.pool, { clock: () => NOON })
    for (const path of ['reports/labels', 'reports/labels.csv', 'summary_reports/label']) {
      const answer = await ask(path, WEEK, {}, server)
      expect([answer.statusCode, answer.json()]).toEqual([
        422,
        { error: expect.stringMatching(/at most 10000 .* more .*type=label&id=/) as string },
      ])
    }
    await server.close()
    await crowded.drop()
  })
})
