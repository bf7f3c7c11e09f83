import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { COMMAND } from '../../src/audit/actor.ts'
import { stopwatch } from '../../src/clock.ts'
import { one, run } from '../../src/db.ts'
import { backfill, requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import type { Backfill } from '../../src/rollups/backfill/backfill-row.ts'
import { controlBackfill } from '../../src/rollups/backfill/control-backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { killWhileRolling, startTidemark } from '../support/processes.ts'
import { drain } from '../support/recompute.ts'
import { reportDifferences } from '../support/report-differences.ts'
import { randomOf, scaled } from '../support/seed.ts'

/*
 * The story: the history of many accounts is rolled by processes that are killed over and over, one of the backfills is called
 * off, and the desks go on writing. Nothing is rolled twice that need not be, what is called off stops at once, and what is
 * written meanwhile is rolled as if nothing went on.
 */

const DAY = 86_400
const ACCOUNTS = scaled('TIDEMARK_BACKFILL_ACCOUNTS', 3)
const DAYS = scaled('TIDEMARK_BACKFILL_DAYS', 60)
const KILLS = scaled('TIDEMARK_BACKFILL_KILLS', 4)
/** Hours that a chunk has at most. */
const CHUNK = 31 * 24

let db: TestDatabase
const desks: Desk[] = []
beforeAll(
  async () => {
    db = await createDeskDatabase()
    await run(db.pool, 'create sequence attempted')
    for (let i = 0; i < ACCOUNTS; i++) {
      const desk = await openDesk(db.pool, ['America/New_York', 'Asia/Kolkata', 'UTC'][i % 3]!)
      await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, DAYS * 2, CLOSED - DAYS * DAY, CLOSED))
      desks.push(desk)
    }
  },
  60_000 + ACCOUNTS * 5000,
)
afterAll(() => db.drop())

const ask = ({ accountId }: Desk) =>
  requestBackfill(db.pool, { accountId, since: CLOSED - DAYS * DAY, until: CLOSED, reason: 'killed over and over' })
const startRunner = () => startTidemark(db.url, [], {}, 'test/chaos/backfill-child.ts')

/** Writes to every desk and rolls what is dirty; tells the longest that a mark waited. */
function live() {
  let [going, written, lag] = [true, 0, 0]
  const rolled = (async () => {
    while (going) {
      for (const { accountId, conversations } of desks) {
        const values = [accountId, conversations[written % conversations.length], CLOSED - (written % 48) * 1800 - 1]
        const text = `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
          values ($1, 1, $2, 1, to_timestamp($3) at time zone 'UTC', now())`
        await run(db.pool, text, values)
        written++
      }
      const elapsed = stopwatch()
      await drain(db.pool)
      lag = Math.max(lag, elapsed())
      await sleep(100)
    }
  })()
  return async () => {
    going = false
    await rolled
    return { written, lag }
  }
}

/** Calls a backfill off while it is rolled, and tells how long that took. */
async function callOff({ accountId, id }: Backfill): Promise<number> {
  while ((await backfill(db.pool, accountId, id)).chunks === 0) await sleep(20)
  const elapsed = stopwatch()
  await controlBackfill(db.pool, accountId, id, 'cancel', { actor: COMMAND, at: CLOSED })
  return elapsed()
}

test(
  `backfills of ${DAYS} days of ${ACCOUNTS} accounts, killed ${KILLS} times, one called off`,
  { timeout: 60_000 + KILLS * 10_000 + ACCOUNTS * DAYS * 100 },
  async () => {
    const asked: Backfill[] = []
    for (const desk of desks) asked.push(await ask(desk))
    const endLive = live()
    expect((await killWhileRolling(db.pool, randomOf('kills'), KILLS, startRunner, 600)).filter((code) => code !== 0)).toEqual([])
    const runner = startRunner()
    const seconds = await callOff(asked.at(-1)!)
    const off = await backfill(db.pool, asked.at(-1)!.accountId, asked.at(-1)!.id)
    expect(await runner.ended).toBe(0)
    const { written, lag } = await endLive()

    const ended = await Promise.all(asked.map(({ accountId, id }) => backfill(db.pool, accountId, id)))
    const needed = ended.reduce(
      (sum, { hoursTotal, hoursDone, state }) => sum + (state === 'cancelled' ? hoursDone : hoursTotal),
      0,
    )
    const done = ended.reduce((sum, { hoursDone }) => sum + hoursDone, 0)
    const { attempted } = await one<{ attempted: number }>(db.pool, 'select last_value as attempted from attempted')
    console.info(
      `${needed} hours needed, ${done} rolled, ${attempted} begun, ${KILLS} kills; called off within ${seconds.toFixed(2)} s; ` +
        `${written} messages meanwhile, the longest lag ${lag.toFixed(2)} s`,
    )
    expect(ended.map(({ state }) => state)).toEqual([...desks.slice(1).map(() => 'completed'), 'cancelled'])
    expect(ended.at(-1)!.hoursDone).toBe(off.hoursDone)
    expect(done).toBeLessThanOrEqual(needed * 1.05)
    // A kill loses a chunk at most, which in a small run is more than a twentieth.
    expect(attempted).toBeLessThanOrEqual(Math.max(needed * 1.05, needed + KILLS * CHUNK))
    expect(seconds).toBeLessThanOrEqual(5)
    expect(lag).toBeLessThanOrEqual(120)
    await drain(db.pool)
    for (const { accountId } of desks.slice(0, 3)) {
      expect(await reportDifferences(db.pool, accountId, CLOSED - DAYS * DAY, CLOSED)).toEqual([])
    }
  },
)

test('a runner that forgets how far it got is found out', async () => {
  const desk = desks[0]!
  const asked = await ask(desk)
  const first = new AbortController()
  await runBackfill(db.pool, desk.accountId, asked.id, {
    signal: first.signal,
    onProgress: (progress) => void (progress.hoursDone > progress.hoursTotal / 10 && first.abort()),
  })
  await run(db.pool, 'update tidemark.backfills set todo = days where id = $1', [asked.id])
  const { hoursDone, hoursTotal } = await runBackfill(db.pool, desk.accountId, asked.id)
  expect(hoursDone).toBeGreaterThan(hoursTotal * 1.05)
})
