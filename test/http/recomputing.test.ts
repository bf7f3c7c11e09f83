// Recomputing days while somebody waits: one at once for each account and two in all; who is beyond is told when to come again,
// and what recomputes nothing is answered all the same.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { now } from '../../src/clock.ts'
import { one, run } from '../../src/db.ts'
import { lockRolls } from '../../src/rollups/coverage.ts'
import { rollEverything, serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

test('recomputations that are too many are refused, and done when there is room again', async ({ onTestFinished }) => {
  const database = await openOffice()
  const { pool } = database
  await rollEverything(pool)
  const app = serve(pool, { clock: () => NOON })
  onTestFinished(async () => {
    await app.close()
    await database.drop()
  })
  const operator = { name: 'ops', role: 'administrator', userId: null, expiresAt: null } as const
  const { text } = await createToken(pool, null, operator, byCommand(now()))
  const ask = async (path: string, body: object) => {
    const headers = { api_access_token: text }
    const answer = await app.inject({ method: 'POST', url: `/api/v1/admin/${path}`, headers, payload: body })
    const { detail } = answer.json<{ detail?: string }>()
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], detail }
  }
  const range = (account: number) => ({ account_id: account, since: '2026-06-01', until: '2026-06-30' })
  const verify = (account: number) => ask('rollups/verify', range(account))
  const plan = (account: number, diff: number) =>
    ask('backfills', { ...range(account), reason: 'test', dry_run: true, ...(diff !== 0 && { diff }) })

  const holder = await pool.connect()
  await holder.query('begin')
  for (const account of [1, 2]) await lockRolls(holder, account)
  const waiting = [verify(1), verify(2)]
  const held = `select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  while ((await one<{ n: number }>(pool, held)).n < waiting.length) await sleep(20)
  const refused = await Promise.all([verify(1), plan(1, 7), verify(3), plan(3, 7)])
  const withoutDiff = await plan(3, 0)
  // Nothing has told how fast this one is rolled: its plan recomputes some days to measure.
  await run(pool, 'delete from tidemark.backfills where account_id = 3')
  const measuring = await plan(3, 0)
  await holder.query('rollback')
  holder.release()

  expect(refused.map(({ status, retryAfter }) => [status, retryAfter])).toEqual(refused.map(() => [429, '10']))
  expect(refused.map(({ detail }) => detail?.split(' are ')[0])).toEqual([
    'Days of account 1',
    'Days of account 1',
    'Days of other accounts',
    'Days of other accounts',
  ])
  expect(withoutDiff.status).toBe(200)
  expect([measuring.status, measuring.detail?.split(' are ')[0]]).toEqual([429, 'Days of other accounts'])
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
  // Also one that fails has made room.
  for (const path of ['rollups/verify', 'backfills']) expect((await ask(path, { ...range(1), since: 'x' })).status).toBe(422)
  expect([(await verify(3)).status, (await plan(1, 7)).status, (await verify(1)).status]).toEqual([200, 200, 200])
  expect((await plan(3, 0)).status).toBe(200)
})
