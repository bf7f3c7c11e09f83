// However often a backfill is asked for, at once or again after an answer got lost, it is started once.
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { intercept, type Interception } from '../support/intercept.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { askForBackfill, wanted } from './ask-for-backfill.ts'
import { serve } from './desk.ts'
import { NOON } from './office.ts'
import { serveOffice, type ServedOffice } from './served-office.ts'

let office: ServedOffice
let database: TestDatabase
let app: App
const others: App[] = []
beforeAll(async () => {
  office = await serveOffice()
  ;({ database, app } = office)
})
afterEach(() => run(database.pool, 'delete from tidemark.backfills'))
afterAll(async () => {
  await Promise.all(others.map((each) => each.close()))
  await office.close()
})

/** A server that does something else around its statements. */
function serveWith(interception: Interception): App {
  others.push(serve(intercept(database.pool, interception), { clock: () => NOON }))
  return others.at(-1)!
}

/** How equal requests at once end otherwise than in one backfill that one of them has started and all are told of. */
async function faultsAtOnce(of: App, headers: Record<string, string>, requests = 100): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: requests }, () => askForBackfill(of, wanted, headers)))
  const plans = await many<{ id: number; acts: number }>(
    database.pool,
    `select id, (select count(*)::int from tidemark.audit_log where action = 'backfill.start' and subject_id = b.id) as acts
     from tidemark.backfills b`,
  )
  const times = (wanted: number) => answers.filter(({ status }) => status === wanted).length
  const faults = {
    'not one plan': plans.length !== 1 || plans[0]!.acts !== 1,
    'not one that started it': times(201) !== 1,
    'somebody was refused': times(200) + times(201) !== requests,
    'somebody was told of another': answers.some(({ status, json }) => status < 400 && json.id !== plans[0]?.id),
  }
  return Object.entries(faults).flatMap(([name, holds]) => (holds ? [name] : []))
}

test.each([{}, { 'idempotency-key': 'k1' }])('100 equal requests at once start one backfill (%j)', async (headers) => {
  expect(await faultsAtOnce(app, headers)).toEqual([])
})

/** Skips the lock; nobody adds a backfill before two have looked for one. */
function withoutLock(instead: Interception['instead'] = (text) => text): Interception {
  let looked = 0
  return {
    instead,
    async before(text) {
      if (text.includes(`hashtext('tidemark backfill request')`)) return 'skip'
      if (!text.includes('insert into tidemark.backfills')) return undefined
      looked++
      while (looked < 2) await sleep(5)
      return undefined
    },
  }
}

test('requests that do not wait for each other are found, more so without the index', async () => {
  expect(await faultsAtOnce(serveWith(withoutLock()), {}, 10)).toContain('somebody was refused')
  await run(database.pool, 'delete from tidemark.backfills')
  expect(await faultsAtOnce(serveWith(withoutLock()), { 'idempotency-key': 'k1' }, 10)).toContain('somebody was refused')
  await run(database.pool, 'delete from tidemark.backfills')
  const { index } = await one<{ index: string }>(
    database.pool,
    `select pg_get_indexdef('tidemark.backfills_active'::regclass) as index`,
  )
  await run(database.pool, 'drop index tidemark.backfills_active')
  const adds = serveWith(withoutLock((text) => text.replace(/\non conflict \(account_id\) where state .*do nothing/, '')))
  expect(await faultsAtOnce(adds, {}, 10)).toEqual(expect.arrayContaining(['not one plan', 'somebody was told of another']))
  await run(database.pool, 'delete from tidemark.backfills')
  await run(database.pool, index)
})

test('a key stands for its request for good: replayed it is that backfill, with another body it is a conflict', async () => {
  const key = { 'idempotency-key': 'k2' }
  const first = await askForBackfill(app, wanted, key)
  expect((await askForBackfill(app, { ...wanted, reason: 'another' }, key)).status).toBe(409)
  await runBackfill(database.pool, 1, first.json.id)
  const again = await askForBackfill(app, wanted, key)
  expect([again.status, again.json.id, again.json.state]).toEqual([200, first.json.id, 'completed'])
  expect((await askForBackfill(app, { ...wanted, until: '2026-06-10' }, key)).status).toBe(409)
  expect(await many(database.pool, 'select id from tidemark.backfills')).toHaveLength(1)
})

const deaths = scaled('TIDEMARK_LOST_ANSWERS', 20)
type Death = 'before the commit' | 'before the reply'

/** A server that dies over a backfill that it starts: it gets no further then, and nobody is told. */
function dying(death: Death, { before }: Interception = {}): App {
  let started = false
  return serveWith({
    async before(text) {
      if (started && text === 'commit' && death === 'before the commit') throw new Error('killed')
      return before?.(text)
    },
    async after(text) {
      if (started && text === 'commit') throw new Error('killed')
      started = text.includes('insert into tidemark.backfills') || (started && text !== 'rollback')
    },
  })
}

/** Keys whose request, sent again after the server died over the first, is not answered with what that had started. */
async function faultsOfReplays(times: number, death: Death, interception: Interception = {}): Promise<string[]> {
  const [deadly, healthy] = [dying(death, interception), serveWith(interception)]
  const faults: string[] = []
  const plans = () => many<{ id: number }>(database.pool, 'select id from tidemark.backfills order by id')
  // It is through before the answer is missed, so that nothing but the key tells of it.
  const complete = () =>
    run(database.pool, `update tidemark.backfills set state = 'completed', finished_at = now() where finished_at is null`)
  for (let i = 0; i < times; i++) {
    const key = { 'idempotency-key': `${death} ${i}`.replaceAll(' ', '-') }
    await complete()
    const known = (await plans()).length
    expect((await askForBackfill(deadly, wanted, key)).status).toBe(500)
    const left = (await plans()).slice(known)
    await complete()
    const again = await askForBackfill(healthy, wanted, key)
    const other = await askForBackfill(healthy, { ...wanted, reason: 'another' }, key)
    const now = (await plans()).slice(known)
    expect(left).toHaveLength(death === 'before the reply' ? 1 : 0)
    if (now.length !== 1) faults.push(`${i}: ${now.length} plans`)
    if (again.status !== 201 - left.length || again.json.id !== now[0]?.id) faults.push(`${i}: replayed ${again.status}`)
    if (other.status !== 409) faults.push(`${i}: another body ${other.status}`)
  }
  return faults
}

test(
  `a server that dies over it, before its reply ${deaths} times: sent again, the request is that backfill`,
  { timeout: 60_000 + deaths * 2000 },
  async () => {
    expect(await faultsOfReplays(deaths, 'before the reply')).toEqual([])
    expect(await faultsOfReplays(deaths / 5, 'before the commit')).toEqual([])
    // Without the keys.
    const forgetful: Interception = {
      before: (text) => (text.includes('insert into tidemark.backfill_requests') ? 'skip' : undefined),
    }
    await run(database.pool, 'delete from tidemark.backfills')
    expect(await faultsOfReplays(1, 'before the reply', forgetful)).toEqual([
      '0: 2 plans',
      '0: replayed 201',
      '0: another body 200',
    ])
  },
)

test('a client that goes away over it, 100 times: sent again with its key it has started nothing more', async () => {
  const random = randomOf('lost answers')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const headers = { api_access_token: 'token-1', 'content-type': 'application/json', 'idempotency-key': 'lost' }
  for (let i = 0; i < 100; i++) {
    const sent = httpRequest({ port, host: '127.0.0.1', path: '/api/v1/admin/backfills', method: 'POST', headers })
    sent.on('error', () => {})
    sent.end(JSON.stringify(wanted))
    await sleep(random.between(0, 12))
    sent.destroy()
  }
  const { status, json } = await askForBackfill(app, wanted, { 'idempotency-key': 'lost' })
  expect([200, 201]).toContain(status)
  const rows = await many<{ id: number }>(database.pool, 'select id from tidemark.backfills')
  expect(rows.map(({ id }) => id)).toEqual([json.id])
})

test('another one of the account is refused with the id of the first; another account’s is not', async () => {
  const first = await askForBackfill(app, wanted)
  const second = await askForBackfill(app, { ...wanted, mode: 'missing' })
  expect(second.status).toBe(409)
  expect(second.json.detail).toContain(`Backfill ${first.json.id} `)
  const theirs = await askForBackfill(app, { ...wanted, account_id: 2 }, { api_access_token: 'token-5' })
  expect(theirs.status).toBe(201)
})
