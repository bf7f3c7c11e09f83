// A purge beside others: killed in the middle of it, over and over, and beside writers and rollers on the same account. What is
// kept afterwards is what its rollups say, no mark is lost, and nobody is in anybody's way.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { purge } from '../../src/retention/purge.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, writeHistory } from '../support/desk.ts'
import { killWhileRolling, startTidemark } from '../support/processes.ts'
import { deadlocks, drain } from '../support/recompute.ts'
import { randomOf, scaled, scaledTime } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'
import { answers, boundary, changedAnswers, DAY, keep, midnight, NOW, rolledDesk } from './desk.ts'

let database: TestDatabase
afterEach(async () => {
  vi.useRealTimers()
  await database?.drop()
})

const everything = { from: -Infinity, until: Infinity }

test(
  'killed over and over, a purge goes on where it was, and no answer changes',
  { timeout: scaledTime(240_000, 'TIDEMARK_KILLS', 2) },
  async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    database = await rolledDesk()
    const { pool } = database
    const messages = async () =>
      (await one<{ n: number }>(pool, 'select count(*)::int as n from messages where account_id = 1')).n
    const [told, before] = [await answers(pool, 1), await messages()]
    await keep(pool, 1, { raw: 20 })
    // Slow enough that it is met at work.
    await run(
      pool,
      `create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.15); return null; end $$`,
    )
    await run(pool, 'create trigger slow after delete on csat_survey_responses for each statement execute function slow()')
    vi.useRealTimers()
    const command = ['retention', 'purge', '--account', '1', '--reason', 'killed over and over', '--yes']
    const start = () => startTidemark(database.url, command, { TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() })
    await killWhileRolling(pool, randomOf('kills'), scaled('TIDEMARK_KILLS', 2), start)
    expect(await start().ended).toBe(0)
    vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
    expect(await boundary(pool, 'raw_since')).toBe(midnight(20))
    expect(changedAnswers(told, await answers(pool, 1), true)).toEqual([])
    expect((await verifyRollups(pool, 1, everything)).differing).toBe(0)
    const acts = await many<{ n: number }>(
      pool,
      `select (after -> 'rows' ->> 'messages')::int as n from tidemark.audit_log where account_id = 1 and action = 'retention.purge'`,
    )
    // What went is what was recorded: neither is there without the other.
    expect(acts.reduce((sum, { n }) => sum + n, 0)).toBe(before - (await messages()))
    expect(await many(pool, 'select from tidemark.dirty_hours union all select from tidemark.dirty_scopes')).toEqual([])
  },
)

test('beside writers and rollers nothing is lost, and nobody is in anybody’s way', { timeout: 240_000 }, async () => {
  database = await createDeskDatabase()
  const { pool, url } = database
  const desk = await openDesk(pool, 'Asia/Kolkata')
  await writeHistory(pool, desk, 80)
  await run(pool, 'update conversations set status = 1, last_activity_at = created_at where id % 3 = 0')
  const now = CLOSED + 3600
  await drain(pool, now)
  const writers = startWriters({ url, desks: [desk], random: randomOf('writers'), writers: 3, rest: 0.3 })
  const moved: (number | null)[] = []
  for (let days = 12; days >= 5; days -= 2) {
    await keep(pool, desk.accountId, { raw: days })
    await purge(pool, desk.accountId, { reason: 'test', now })
    moved.push(await boundary(pool, 'raw_since', desk.accountId))
    await rollDirty(pool, desk.accountId, AbortSignal.timeout(1500), now)
    // However fast purges are, the writers are at work between them.
    while (writers.committed < 6 * moved.length) await sleep(20)
  }
  await writers.stop()
  await drain(pool, now)
  await purge(pool, desk.accountId, { reason: 'test', now })
  console.info(`${writers.committed} transactions beside ${new Set(moved).size} boundaries`)
  expect((await boundary(pool, 'raw_since', desk.accountId))!).toBeGreaterThan(now - 8 * DAY)
  const { hours, differences } = await verifyRollups(pool, desk.accountId, everything)
  expect(differences).toEqual([])
  expect(hours).toBeGreaterThan(48)
  expect(writers.committed).toBeGreaterThan(20)
  expect(await deadlocks(pool)).toBe(0)
})
