import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { seriesMetrics } from '../../src/http/request.ts'
import { CLOSED, createDeskDatabase, OPENED, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { get, rollEverything, serve, type Given } from './desk.ts'

let database: TestDatabase
let app: App
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openDesk(database.pool, 'America/New_York')
  await writeHistory(database.pool, desk, 200)
  const other = await openDesk(database.pool, 'UTC')
  await writeHistory(database.pool, other, 20)
  await run(
    database.pool,
    `insert into account_users (account_id, user_id, role, created_at, updated_at)
     select $1, id, 1, now(), now() from unnest($2::int[]) as id`,
    [desk.accountId, desk.agents],
  )
  await run(
    database.pool,
    `insert into access_tokens (owner_type, owner_id, token, created_at, updated_at) values ('User', $1, 'token', now(), now())`,
    [desk.agents[0]],
  )
  await rollEverything(database.pool, CLOSED)
  app = serve(database.pool, { clock: () => CLOSED })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

const report = async <T>(path: string, query: Given) => {
  const url = `/api/v2/accounts/${desk.accountId}/${path}`
  return (await get(app, url, query, { api_access_token: 'token' })).json<T>()
}
interface Page {
  meta: { total_count: number; conversation_count: number }
  payload: { record_type: string; metric_value: number | null; message: { id: number } | null; conversation: { id: number } }[]
}

/** The two weeks, less some odd minutes at both ends. */
const range = { since: String(OPENED + 1234), until: String(CLOSED - 4321) }

test.each(seriesMetrics)(
  'the records of a bucket are as many as the series counts, and mean what it says: %s',
  async (metric) => {
    const subjects = [
      { type: 'account' },
      { type: 'inbox', id: desk.inboxes[1]! },
      { type: 'agent', id: desk.agents[2]! },
      { type: 'team', id: desk.teams[0]! },
      { type: 'label', id: desk.labels[0]!.id },
    ]
    let records = 0
    for (const subject of subjects) {
      for (const cut of [
        { group_by: 'day', timezone: 'America/New_York' },
        { group_by: 'week', timezone: 'Asia/Kathmandu' },
        { group_by: 'month', timezone_offset: '-4' },
        { group_by: 'year' },
      ]) {
        const query = { metric, ...subject, ...range, ...cut, business_hours: 'true' }
        const series = await report<{ value: number; timestamp: number; count?: number }[]>('reports', query)
        for (const { value, count, timestamp } of series) {
          const { meta, payload } = await report<Page>('reports/drilldown', {
            ...query,
            bucket_timestamp: timestamp,
            per_page: 100,
          })
          expect([subject, cut, timestamp, meta.total_count]).toEqual([subject, cut, timestamp, count ?? value])
          if (count === undefined || count > 100) continue
          const values = payload.map((record) => record.metric_value!)
          expect(values.reduce((sum, one) => sum + one, 0) / Math.max(1, count)).toBeCloseTo(value, 6)
          records += count
        }
      }
    }
    if (/_time$/.test(metric)) expect(records).toBeGreaterThan(100)
  },
)

test('the hours of a series, too', async () => {
  const query = { metric: 'reply_time', type: 'account', since: String(CLOSED - 40 * 3600), until: range.until, group_by: 'hour', timezone: 'Asia/Kathmandu' } // prettier-ignore
  const series = await report<{ timestamp: number; count: number }[]>('reports', query)
  expect(series.length).toBe(40)
  for (const { count, timestamp } of series) {
    const { meta } = await report<Page>('reports/drilldown', { ...query, bucket_timestamp: timestamp })
    expect([timestamp, meta.total_count]).toEqual([timestamp, count])
  }
})

test('the pages together are all records, each once', async () => {
  const query = { metric: 'incoming_messages_count', ...range, bucket_timestamp: OPENED, group_by: 'year', per_page: 90 }
  const ids: number[] = []
  const conversations = new Set<number>()
  let first: Page | undefined
  for (let page = 1; ; page++) {
    const { meta, payload } = await report<Page>('reports/drilldown', { ...query, page })
    first ??= { meta, payload }
    if (payload.length === 0) break
    ids.push(...payload.map(({ message }) => message!.id))
    for (const { conversation } of payload) conversations.add(conversation.id)
  }
  expect(new Set(ids).size).toBe(ids.length)
  expect([ids.length, conversations.size]).toEqual([first!.meta.total_count, first!.meta.conversation_count])
  expect(ids.length).toBeGreaterThan(300)
})
