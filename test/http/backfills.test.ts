// Backfills over HTTP: planned without a trace, started, controlled, watched live, and seen by nobody else.
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import type { Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { serve } from './desk.ts'
import { NOON } from './office.ts'
import { serveOffice, type ServedOffice } from './served-office.ts'

let office: ServedOffice
let database: TestDatabase
let app: App
beforeAll(async () => {
  office = await serveOffice()
  ;({ database, app } = office)
})
afterEach(() => run(database.pool, 'delete from tidemark.backfills'))
afterAll(() => office.close())

interface Told {
  status: number
  headers: Record<string, unknown>
  // The tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any
}

async function ask(method: 'GET' | 'POST', path: string, payload?: object, headers: Record<string, string> = {}): Promise<Told> {
  const answer = await app.inject({
    method,
    url: `/api/v1/admin/backfills${path}`,
    headers: { api_access_token: 'token-1', ...headers },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, headers: answer.headers, json: answer.body === '' ? undefined : answer.json() }
}

const body = {
  account_id: 1,
  since: '2026-06-01',
  until: '2026-06-15',
  reason: 'first-response definition fixed',
  dry_run: false,
}
const acts = () =>
  many<{ action: string; reason: string; actor_kind: string; actor_id: number }>(
    database.pool,
    `select action, reason, actor_kind, actor_id from tidemark.audit_log where subject_kind = 'backfill' and account_id = 1 order by id desc limit 5`,
  )

test('a dry run is the default, tells what would be done, and writes nothing', async () => {
  const before = await one(database.pool, 'select count(*)::int as n from tidemark.audit_log')
  const { dry_run: _, ...asked } = body
  const { status, json } = await ask('POST', '', { ...asked, mode: 'missing' })
  expect({ status, json }).toMatchObject({
    status: 200,
    json: {
      roll: { days: 14, hours: 336, first_day: '2026-06-01', last_day: '2026-06-14' },
      timezone: 'America/New_York',
      states: { days: { missing: 14 } },
      diff: null,
    },
  })
  expect(await many(database.pool, 'select id from tidemark.backfills')).toEqual([])
  expect(await one(database.pool, 'select count(*)::int as n from tidemark.audit_log')).toEqual(before)
})

test('a plan is handed back to start just that, as long as it holds; a look at what would change writes nothing', async () => {
  const dry = { ...body, dry_run: true, diff: 'all' }
  const { status, json } = await ask('POST', '', dry)
  expect({ status, json }).toMatchObject({ status: 200, json: { diff: { days: { compared: 14, sampled: 14, of: 14 } } } })
  const { plan } = json
  expect((await ask('POST', '', { ...body, plan, verify: false })).status).toBe(422)
  expect((await ask('POST', '', { ...body, plan: `${String(plan).slice(0, -1)}x` })).status).toBe(422)
  await run(database.pool, `update tidemark.accounts set covered = '{[2020-01-01, 2020-01-02)}' where account_id = 1`)
  const stale = await ask('POST', '', { ...body, plan })
  expect([stale.status, String(stale.json.detail).includes('Plan again')]).toEqual([409, true])
  await run(database.pool, `update tidemark.accounts set covered = '{}' where account_id = 1`)
  expect(await many(database.pool, 'select id from tidemark.backfills')).toEqual([])
  const started = await ask('POST', '', { ...body, plan })
  expect(started.status).toBe(201)
})

test('a backfill is started, rolled, verified and reported; who asked and why is on record', async () => {
  const started = await ask('POST', '', { ...body, order: 'oldest', window: null })
  expect(started).toMatchObject({
    status: 201,
    json: { state: 'queued', since: '2026-06-01T04:00:00Z', order: 'oldest', verify: true, asked_by: { kind: 'user', id: 1 } },
  })
  expect((await acts())[0]).toEqual({ action: 'backfill.start', reason: body.reason, actor_kind: 'user', actor_id: 1 })
  await runBackfill(database.pool, 1, started.json.id)
  const { json } = await ask('GET', `/${started.json.id}`)
  expect(json).toMatchObject({
    state: 'completed',
    progress: { hours_done: 336, hours_total: 336, days_done: 14, days_total: 14, hours_failed: 0 },
    report: {
      hours: { new: 336, changed: 0, unchanged: 0, failed: 0 },
      // It looks where there is anything.
      verification: { differing: 0, differences: [] },
      digests: { total: 0 },
    },
    failed_hours: [],
  })
  expect(json.report.verification.hours).toBeGreaterThan(24)
  expect(json.report.totals[0]).toEqual({ metric: 'conversations_count', unit: 'count', before: 0, after: 0, added: 2 })
})

test('a second one tells of the first where rows were right, and what has changed where they were not', async () => {
  await run(
    database.pool,
    `update tidemark.rollup_hourly set conversations = conversations + 5
     where account_id = 1 and dimension = 0 and bucket = (select min(bucket) from tidemark.rollup_hourly where account_id = 1 and conversations > 0)`,
  )
  const { json: started } = await ask('POST', '', body)
  await runBackfill(database.pool, 1, started.id)
  const { report } = (await ask('GET', `/${started.id}`)).json
  expect(report.hours).toEqual({ new: 0, changed: 1, unchanged: 335, failed: 0 })
  expect(report.totals[0]).toMatchObject({ metric: 'conversations_count', before: 7, after: 2, added: 0 })
})

test('pause, resume and cancel fit the state, say so where they do not, and are on record', async () => {
  const { id } = (await ask('POST', '', body)).json
  expect((await ask('POST', `/${id}/pause`, { reason: 'month end' })).json.state).toBe('paused')
  expect((await acts())[0]).toMatchObject({ action: 'backfill.pause', reason: 'month end' })
  // Paused, it is not worked on, and still stands in the way of another.
  expect((await runBackfill(database.pool, 1, id)).hoursDone).toBe(0)
  expect((await ask('POST', '', { ...body, mode: 'missing' })).status).toBe(409)
  expect((await ask('POST', `/${id}/pause`)).json.state).toBe('paused')
  expect((await ask('POST', `/${id}/retry`)).status).toBe(409)
  expect((await ask('POST', `/${id}/resume`)).json.state).toBe('queued')
  expect((await ask('POST', `/${id}/cancel`)).json.state).toBe('cancelled')
  const refused = await ask('POST', `/${id}/resume`)
  expect({ status: refused.status, detail: refused.json.detail }).toEqual({
    status: 409,
    detail: `Backfill ${id} is cancelled. Only one that is paused can be resumed.`,
  })
  expect((await acts()).map(({ action }) => action)).toEqual(
    ['cancel', 'resume', 'pause', 'start'].map((name) => `backfill.${name}`).concat([expect.any(String) as string]),
  )
})

test('nobody else learns of it: not another account’s administrator, an agent or a stranger', async () => {
  const { id } = (await ask('POST', '', body)).json
  const others = { api_access_token: 'token-5' }
  for (const path of [`/${id}`, `/${id}/events`]) {
    const theirs = await ask('GET', path, undefined, others)
    const none = await ask('GET', path.replace(String(id), '999999'), undefined, others)
    expect(theirs.status).toBe(404)
    expect({ ...theirs.json, request_id: '' }).toEqual({ ...none.json, detail: theirs.json.detail, request_id: '' })
    expect(theirs.json.detail.replace(String(id), 'N')).toBe(none.json.detail.replace('999999', 'N'))
  }
  for (const control of ['pause', 'resume', 'cancel', 'retry']) {
    expect((await ask('POST', `/${id}/${control}`, {}, others)).status).toBe(404)
  }
  expect((await ask('POST', '', { ...body, account_id: 1 }, others)).status).toBe(404)
  expect((await ask('GET', '', undefined, others)).json.backfills).toEqual([])
  expect((await ask('GET', '?account_id=1', undefined, others)).status).toBe(404)
  expect((await ask('GET', '', undefined, { api_access_token: 'token-2' })).status).toBe(403)
  expect((await ask('GET', '', undefined, { api_access_token: '' })).status).toBe(401)
})

test('bad requests are told what is wrong', async () => {
  for (const [wrong, said] of [
    [{ reason: undefined }, 'reason'],
    [{ reason: ' ' }, 'reason'],
    [{ reason: 'x'.repeat(501) }, 'reason'],
    [{ mode: 'some' }, 'mode'],
    [{ since: 'yesterday' }, 'Give a date'],
    [{ since: '2026-06-20' }, 'empty'],
    [{ since: '99999999999' }, 'empty'],
    [{ max_hours_per_minute: 0 }, 'max_hours_per_minute'],
    [{ window: { from: '22:00', until: '22:00' } }, 'window'],
    [{ window: { from: '24:00', until: '06:00' } }, 'window'],
    [{ dry_run: 'no' }, 'dry_run'],
    [{ colour: 'red' }, 'colour'],
    [{ account_id: 'one' }, 'account_id'],
  ] as [object, string][]) {
    const { status, json } = await ask('POST', '', { ...body, ...wrong })
    expect({ wrong, status, said: String(json.detail).includes(said) }).toEqual({ wrong, status: 422, said: true })
  }
  expect((await ask('POST', '', body, { 'idempotency-key': 'a b' })).status).toBe(422)
  expect((await ask('GET', '/x')).status).toBe(404)
  expect(await many(database.pool, 'select id from tidemark.backfills')).toEqual([])
})

test('what was purged is not rolled over, unless that is allowed', async () => {
  await run(database.pool, `update tidemark.accounts set raw_since = '2026-06-10T04:00Z' where account_id = 1`)
  try {
    const refused = await ask('POST', '', body)
    expect(refused.status).toBe(422)
    expect(refused.json.detail).toContain('kept from 2026-06-10 on')
    const { json: shown } = await ask('POST', '', { ...body, dry_run: true })
    const gone = { first_day: '2026-06-01', last_day: '2026-06-09', days: 9, erased: false, refusal: refused.json.detail }
    expect(shown).toMatchObject({ purged: gone, roll: { days: 5, first_day: '2026-06-10' }, sent_digests: { total: 0 } })
    expect((await ask('POST', '', { ...body, since: '2026-06-10', dry_run: true })).json.roll).toMatchObject({ days: 5 })
    // An open start means what there is: the first raw row that is left.
    expect((await ask('POST', '', { ...body, since: null, dry_run: true })).json.roll).toMatchObject({ first_day: '2026-06-12' })
    const allowed = await ask('POST', '', { ...body, allow_erase: true })
    expect(allowed.status).toBe(201)
  } finally {
    await run(database.pool, 'update tidemark.accounts set raw_since = null')
  }
})

test('events: state and progress with ids until it ends; seen to the end there is nothing more; streams are counted', async () => {
  const { id } = (await ask('POST', '', { ...body, max_hours_per_minute: 1_000_000 })).json
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/api/v1/admin/backfills/${id}/events`
  const open = (headers: Record<string, string> = {}) => fetch(url, { headers: { api_access_token: 'token-1', ...headers } })
  const streams = await Promise.all(Array.from({ length: 5 }, () => open()))
  expect(streams[0]!.headers.get('content-type')).toContain('text/event-stream')
  expect(streams[0]!.headers.get('x-accel-buffering')).toBe('no')
  const sixth = await open()
  expect({ status: sixth.status, after: sixth.headers.get('retry-after') }).toEqual({ status: 429, after: '15' })
  await sleep(50)
  await runBackfill(database.pool, 1, id)
  const texts = await Promise.all(streams.map((stream) => stream.text()))
  const events = [...texts[0]!.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/g)].map(([, at, event, data]) => {
    return { at: Number(at), event, told: JSON.parse(data!) as { state: string } }
  })
  expect(events[0]).toMatchObject({ event: 'state', told: { state: 'queued' } })
  expect(events.at(-1)).toMatchObject({ event: 'state', told: { state: 'completed' } })
  const ids = events.map(({ at }) => at)
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect((await open({ 'last-event-id': String(ids.at(-1)) })).status).toBe(204)
  expect(await (await open({ 'last-event-id': String(ids[0]) })).text()).toContain('"state":"completed"')
})

test('hours that fail are told live with why, and all of them a page at a time; days verified are counted beside', async () => {
  await run(
    database.pool,
    `insert into reporting_events (name, value, account_id, created_at, updated_at)
     select 'reply_time', 1e308, 1, timestamp '2026-06-05 10:30' + hour * interval '1 hour', now()
     from generate_series(0, 6) as hour cross join generate_series(1, 2)`,
  )
  const { id } = (await ask('POST', '', body)).json
  const verifying = new AbortController()
  let chunksToVerify = 0
  // Laid out, then seven days verified.
  const onProgress = (at: Backfill) => {
    if (at.toVerify.length > 0 && ++chunksToVerify === 2) verifying.abort()
  }
  await runBackfill(database.pool, 1, id, { signal: verifying.signal, onProgress })
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const stream = await fetch(`http://127.0.0.1:${port}/api/v1/admin/backfills/${id}/events`, {
    headers: { api_access_token: 'token-1' },
  })
  await ask('POST', `/${id}/cancel`)
  const told = [...(await stream.text()).matchAll(/data: (.*)\n/g)].map(([, data]) => JSON.parse(data!))
  expect(told.at(-1)).toMatchObject({
    progress: { hours_failed: 7, verify_days_done: 7, verify_days_total: 14, days_done: 14 },
    latest_failures: [16, 15, 14, 13, 12].map((hour) => ({
      hour: `2026-06-05T${hour}:00:00Z`,
      error: 'value out of range: overflow (22003)',
      rolled: false,
    })),
  })
  expect((await ask('GET', `/${id}`)).json).toMatchObject({ failed_hours: { length: 7 }, failed_hours_total: 7 })
  const { json } = await ask('GET', `/${id}/failed_hours?per_page=5&page=2`)
  expect(json).toMatchObject({ total_count: 7, page: 2, per_page: 5 })
  expect(json.failed_hours.map(({ hour }: { hour: string }) => hour)).toEqual(['2026-06-05T11:00:00Z', '2026-06-05T10:00:00Z'])
  expect((await ask('GET', `/${id}/failed_hours`, undefined, { api_access_token: 'token-5' })).status).toBe(404)
  await run(database.pool, 'delete from reporting_events where value = 1e308')
})

test('a server that closes ends its streams', async () => {
  const other = serve(database.pool, { clock: () => NOON })
  await other.listen({ port: 0, host: '127.0.0.1' })
  const { port } = other.server.address() as AddressInfo
  const { id } = (await ask('POST', '', body)).json
  const stream = await fetch(`http://127.0.0.1:${port}/api/v1/admin/backfills/${id}/events`, {
    headers: { api_access_token: 'token-1' },
  })
  const text = stream.text()
  await sleep(100)
  await other.close()
  expect(await text).toContain('"state":"queued"')
})
