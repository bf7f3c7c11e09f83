// What a backfill has still to roll is told as queued where nothing is rolled, from when it is asked for until it comes by, or is
// called off; rolled rows that it rolls anew are as good as they were until then.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { controlBackfill, type Control } from '../../src/rollups/backfill/control-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { Span } from '../../src/rollups/coverage.ts'
import { ledgerOf } from '../../src/rollups/freshness/ledger.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory } from '../support/desk.ts'

const DAY = 86_400
let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

test('queued, laid out, paused, half done and called off', async () => {
  const desk = await openDesk(db.pool, 'Asia/Kolkata')
  const { accountId } = desk
  await withoutMarks(db.pool, accountId, (tx) => writeHistory(tx, desk, 20))
  const backfill = (since: number, until: number) => requestBackfill(db.pool, { accountId, since, until, reason: 'test' })
  const { id: first } = await backfill(OPENED, OPENED + 2 * DAY)
  await runBackfill(db.pool, accountId, first)
  const grid = () => ledgerOf(db.pool, { accountId, since: OPENED, until: CLOSED }, CLOSED)
  const before = await grid()
  /** Days of these stretches, in which nothing is rolled. */
  const expectQueued = async (spans: readonly Span[], rolled: string[] = []) => {
    const { days, counts } = await grid()
    const isAsked = (day: Span) => spans.some(({ from, until }) => from < day.until && day.from < until)
    const expected = before.days.map((day) => {
      if (rolled.includes(day.date)) return `${day.date} ok`
      return `${day.date} ${day.state === 'missing' && isAsked(day) ? 'queued' : day.state}`
    })
    expect(days.map(({ date, state }) => `${date} ${state}`)).toEqual(expected)
    expect(counts.hours.queued).toBe(24 * counts.days.queued)
    return counts.days.queued
  }
  expect(before.counts.days).toMatchObject({ ok: 3, missing: 12, queued: 0 })

  const asked = { from: OPENED + DAY, until: CLOSED - 2 * DAY }
  const { id } = await backfill(asked.from, asked.until)
  expect(await expectQueued([asked])).toBe(10)
  const control = (what: Control) => controlBackfill(db.pool, accountId, id, what, byCommand(CLOSED))
  await control('pause')
  expect(await expectQueued([asked])).toBe(10)
  await control('resume')
  const stop = new AbortController()
  const half = await runBackfill(db.pool, accountId, id, { signal: stop.signal, onProgress: () => stop.abort() })
  expect([half.state, half.daysDone]).toEqual(['running', 7])
  const done = before.days.filter(({ from }) => from < asked.until && from >= half.todo.at(-1)!.until).map(({ date }) => date)
  expect(done).toHaveLength(7)
  expect(await expectQueued(half.todo, done)).toBe(3)
  await control('cancel')
  expect(await expectQueued([], done)).toBe(0)
})
