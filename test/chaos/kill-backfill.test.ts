import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { killWhileRolling, startTidemark } from '../support/processes.ts'
import { backlog, deadlocks, differences, drain } from '../support/recompute.ts'
import { startReader } from '../support/report-differences.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

/*
 * The story: somebody gives the command for a backfill of a year, and again in a second window; the machine dies under the
 * one that rolls, over and over, while the desk goes on writing and its changes are rolled. A chunk's rows, what is covered
 * and how far it got commit together: whoever goes on begins where the last commit was. Reports add up what is rolled and what
 * is not yet, so nobody who reads can tell that any of this goes on.
 */

const DAY = 86_400
const BEGAN = CLOSED - 300 * DAY
const kills = scaled('TIDEMARK_KILLS', 5)

let db: TestDatabase
let desk: Desk
beforeAll(async () => {
  db = await createDeskDatabase()
  desk = await openDesk(db.pool, 'America/New_York')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 1200, BEGAN, CLOSED))
})
afterAll(() => db.drop())

const command = () => [
  'backfill',
  '--account',
  String(desk.accountId),
  '--no-verify',
  '--reason',
  'killed over and over',
  '--yes',
]
const startBackfill = () => startTidemark(db.url, command(), { TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString() })

test(
  `a backfill killed ${kills} times goes on where it was, beside writers and rolls`,
  { timeout: 120_000 + kills * 20_000 },
  async () => {
    const writers = startWriters({ url: db.url, desks: [desk], random: randomOf('writers'), writers: 4, rest: 0.3 })
    const reader = startReader({
      pool: db.pool,
      accounts: [desk.accountId],
      random: randomOf('reader'),
      within: [BEGAN, CLOSED],
      rest: 0.5,
    })
    let rolling = true
    const rolled = (async () => {
      while (rolling) {
        await drain(db.pool)
        await sleep(200)
      }
    })()
    const codes = await killWhileRolling(db.pool, randomOf('kills'), kills, startBackfill)
    expect(await startBackfill().ended).toBe(0)
    expect(codes.filter((code) => code !== 0)).toEqual([])
    await writers.stop()
    rolling = false
    await rolled
    const { reports, differences: lies } = await reader.stop()
    expect(lies).toEqual([])
    expect(reports).toBeGreaterThan(5)
    const done = await many<Pick<Backfill, 'hoursDone' | 'hoursTotal' | 'state'>>(
      db.pool,
      `select state, hours_done as "hoursDone", extract(epoch from end_at - start_at)::float8 / 3600 as "hoursTotal"
     from tidemark.backfills where account_id = $1`,
      [desk.accountId],
    )
    console.info(`${writers.committed} transactions and ${reports} reports beside ${kills} kills; ${JSON.stringify(done)}`)
    for (const { state, hoursDone, hoursTotal } of done) {
      expect(state).toBe('completed')
      expect(hoursDone).toBeGreaterThanOrEqual(hoursTotal)
      expect(hoursDone).toBeLessThanOrEqual(hoursTotal * 1.05)
    }
    await drain(db.pool)
    expect(await backlog(db.pool)).toBe(0)
    expect(await differences(db.pool, [desk.accountId])).toEqual([])
    expect(await deadlocks(db.pool)).toBe(0)
  },
)
