// Backfills of purged days that are cut up otherwise: by whole months, where rows of days were purged too, and by an off-peak window,
// outside which they rest. Wherever one stops, and at its end, all is exact: what it has not come to stays to the byte, what it has
// is what raw rows give, and where the rows are back from a backup everything is told as if it had never been purged.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { COMMAND } from '../../src/audit/actor.ts'
import type { Pool } from '../../src/db.ts'
import { purge } from '../../src/retention/purge.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { controlBackfill } from '../../src/rollups/backfill/control-backfill.ts'
import { planBackfill } from '../../src/rollups/backfill/plan-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { optionsOf } from '../../src/rollups/backfill/start-backfill.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { rollAll } from '../support/rolled-rows.ts'
import { answers, asked as answered, backUp, boundary, changedAnswers, DAY, keep, midnight, NOW, reconcileAll, REFUSED, rolledDesk, rollupHash } from './desk.ts' // prettier-ignore

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 }))
afterAll(() => void vi.useRealTimers())

/** Work in a database of its own, at NOW. */
async function withDesk(work: (pool: Pool) => Promise<void>): Promise<void> {
  vi.setSystemTime(NOW * 1000)
  const own = await rolledDesk()
  try {
    await work(own.pool)
  } finally {
    await own.drop()
  }
}

const differing = async (pool: Pool) => (await verifyRollups(pool, 1, { from: -Infinity, until: Infinity })).differing

/** Rolls one chunk. */
async function oneChunk(pool: Pool, id: number) {
  const stop = new AbortController()
  return runBackfill(pool, 1, id, { signal: stop.signal, onProgress: () => stop.abort() })
}

// Kolkata: history begins in the middle of March.
const [MARCH, APRIL, MAY] = [midnight(71), midnight(40), midnight(10)]
const incoming = (pool: Pool, from: number, until: number) =>
  answered(pool, 1, async (read) => {
    const question = { dimension: 'account', since: from, until, metrics: ['incoming_messages_count'] } as const
    return (await read.totals(question))[0]?.figures.incoming_messages_count?.n ?? 0
  })

/** Rows by the day are kept from April on, those by the hour from its 16th, raw ones from its 21st. */
async function purgeMonths(pool: Pool): Promise<void> {
  await keep(pool, 1, { raw: 20, hourly: 25, daily: 30 })
  await purge(pool, 1, { reason: 'test' })
  const sinces = await Promise.all(
    (['raw_since', 'hourly_since', 'daily_since'] as const).map((column) => boundary(pool, column)),
  )
  expect(sinces).toEqual([midnight(20), midnight(25), APRIL])
}

const whole = { accountId: 1, since: MARCH, until: midnight(15), reason: 'test', allowErase: true, verify: false }
const question = {
  names: ['incoming_messages_count', 'avg_first_response_time', 'bot_handoffs_count'],
  groupings: ['hour', 'day', 'month'],
} as const
const options = optionsOf({ allowErase: true })

test('by whole months, oldest first, the rows back from a backup: every answer is again what it was', { timeout: 240_000 }, () =>
  withDesk(async (pool) => {
    const putBack = await backUp(pool)
    const before = await answers(pool, 1, question)
    await purgeMonths(pool)
    const purged = await rollupHash(pool, 1)
    expect(await incoming(pool, APRIL - DAY, APRIL)).toBe(REFUSED)
    await putBack()
    await expect(requestBackfill(pool, { ...whole, since: midnight(50) })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('begin with a month, on 2026-03-01') as string,
    })
    const asked = { ...whole, ...options, oldestFirst: true }
    expect(await planBackfill(pool, asked, NOW)).toMatchObject({ purged: { erased: true, refusal: null } })

    const { id } = await requestBackfill(pool, asked)
    const sinces: number[] = []
    const done = await runBackfill(pool, 1, id, {
      onProgress: async () => void sinces.push((await boundary(pool, 'raw_since')) ?? -Infinity),
    })
    expect(done).toMatchObject({ state: 'completed' })
    // A month whose days are gone is never half made.
    expect(sinces.filter((since) => since > MARCH && since < APRIL)).toEqual([])
    expect(sinces.some((since) => since >= APRIL && since < midnight(20))).toBe(true)
    // Rows by the month are what they were, and those of hours and days that are not kept do not come back.
    expect(await rollupHash(pool, 1)).toBe(purged)
    // Of what was put back some marks are still to be looked up.
    await rollAll(pool)
    expect(await rollupHash(pool, 1)).toBe(purged)
    expect(await reconcileAll(pool)).toBe(0)
    expect(changedAnswers(before, await answers(pool, 1, question))).toEqual([])
  }),
)

test(
  'by whole months, the rows gone: one that is called off before a month leaves that as it was, one that rolls it nothing of it',
  { timeout: 240_000 },
  () =>
    withDesk(async (pool) => {
      await purgeMonths(pool)
      const [march, april, late] = [
        await incoming(pool, MARCH, APRIL),
        await incoming(pool, APRIL, midnight(20)),
        await incoming(pool, midnight(20), MAY),
      ]
      expect(Math.min(...[march, april, late].map(Number))).toBeGreaterThan(0)
      const earlier = await rollupHash(pool, 1, APRIL)
      const first = await requestBackfill(pool, whole)
      let since: number | null = NOW
      while (since! >= midnight(25)) {
        await oneChunk(pool, first.id)
        since = await boundary(pool, 'raw_since')
      }
      expect(since).toBeGreaterThanOrEqual(APRIL)
      await controlBackfill(pool, 1, first.id, 'cancel', { actor: COMMAND, at: NOW })
      expect(await reconcileAll(pool)).toBe(0)
      expect(await rollupHash(pool, 1, APRIL)).toBe(earlier)
      expect(await incoming(pool, MARCH, APRIL)).toBe(march)
      expect(await incoming(pool, since!, midnight(20))).toBe('0')

      const second = await requestBackfill(pool, whole)
      expect(await runBackfill(pool, 1, second.id)).toMatchObject({ state: 'completed' })
      expect(await incoming(pool, MARCH, midnight(20))).toBe('0')
      expect(await incoming(pool, midnight(20), MAY)).toBe(late)
      expect(await incoming(pool, MARCH, MAY)).toBe(late)
      expect(await differing(pool)).toBe(0)
    }),
)

test(
  'in an off-peak window: it rests before, and between two nights, and all is exact then and at its end',
  { timeout: 240_000 },
  () =>
    withDesk(async (pool) => {
      const until = MAY
      const putBack = await backUp(pool)
      const all = await rollupHash(pool, 1, until)
      await keep(pool, 1, { raw: 35 })
      await purge(pool, 1, { reason: 'test' })
      const kept = midnight(35)
      expect([await rollupHash(pool, 1, until), await boundary(pool, 'raw_since')]).toEqual([all, kept])
      await putBack()
      // As if one day had not been in the backup.
      const lost = midnight(36)
      await pool.query(
        `delete from messages where account_id = 1
           and created_at >= to_timestamp($1) at time zone 'UTC' and created_at < to_timestamp($2) at time zone 'UTC'`,
        [lost, lost + DAY],
      )
      expect(Number(await incoming(pool, lost, lost + DAY))).toBeGreaterThan(0)
      const [earlier, older] = [await rollupHash(pool, 1, APRIL), await incoming(pool, midnight(45), midnight(44))]
      const night = { from: '22:00', until: '06:00' }
      const request = { ...whole, ...options, since: midnight(50), window: night, verify: true }
      const { id } = await requestBackfill(pool, request)

      // Half past five in the afternoon.
      const tonight = midnight(0) + 22 * 3600
      expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'queued', hoursDone: 0, pacedUntil: tonight })
      expect([await rollupHash(pool, 1, until), await boundary(pool, 'raw_since')]).toEqual([all, kept])

      vi.setSystemTime((tonight + 60) * 1000)
      await oneChunk(pool, id)
      while ((await boundary(pool, 'raw_since')) === kept) await oneChunk(pool, id)
      const reached = (await boundary(pool, 'raw_since'))!
      expect(reached).toBeLessThan(kept)
      expect(reached).toBeGreaterThan(request.since)

      const morning = tonight + 9 * 3600
      vi.setSystemTime(morning * 1000)
      const resting = await rollupHash(pool, 1, until)
      expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'running', pacedUntil: tonight + DAY })
      expect(await reconcileAll(pool, morning)).toBe(0)
      expect([await rollupHash(pool, 1, until), await boundary(pool, 'raw_since')]).toEqual([resting, reached])
      // Last night's work ended with the day that is lost.
      expect(await rollupHash(pool, 1, APRIL)).toBe(earlier)
      expect([await incoming(pool, lost, lost + DAY), await incoming(pool, midnight(45), midnight(44))]).toEqual(['0', older])

      vi.setSystemTime((tonight + DAY) * 1000)
      expect(await runBackfill(pool, 1, id)).toMatchObject({ state: 'completed', report: { verification: { differing: 0 } } })
      expect(await boundary(pool, 'raw_since')).toBeLessThanOrEqual(request.since)
      expect(await incoming(pool, lost, lost + DAY)).toBe('0')
    }),
)
