import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, transaction, type Pool } from '../../src/db.ts'
import { rollupStatus } from '../../src/rollups/freshness/status.ts'
import { everything } from '../support/acts.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, OPENED, writeHistory, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'
import { backlog, deadlocks, differences, differencesFromFacts, drain } from '../support/recompute.ts'
import { randomOf, scaled } from '../support/seed.ts'

/*
 * The story: a transaction writes to one account and stays open for minutes: a session that somebody forgot, a long import. A
 * roller that goes by what is sure to have committed stands still for all accounts until it ends. Marks commit with their rows,
 * so nobody waits; and when it commits at last, its marks are as old as it is, so that the alarm tells of its true age.
 */

const HELD = scaled('TIDEMARK_HELD_SECONDS', 6)

let db: TestDatabase
let desks: Desk[]
beforeAll(async () => {
  db = await createDeskDatabase()
  desks = []
  for (const zone of ['Asia/Kolkata', 'America/New_York', 'UTC']) {
    const desk = await openDesk(db.pool, zone)
    await writeHistory(db.pool, desk, 6, OPENED, OPENED + 3 * 86_400)
    desks.push(desk)
  }
  await drain(db.pool)
})
afterAll(() => db.drop())

const accounts = () => desks.map(({ accountId }) => accountId)
const ages = async () => (await rollupStatus(db.pool, Date.now() / 1000, accounts())).map(({ oldestDirty }) => oldestDirty)

/** Opens a transaction that has resolved a conversation of the first desk and moved another, and does not end. */
async function hold() {
  const [{ accountId, conversations, inboxes, teams }] = desks as [Desk]
  const client = await db.pool.connect()
  await client.query('begin')
  await run(
    client,
    `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
     values ('conversation_resolved', 60, $1, $2, $3, to_timestamp($4) at time zone 'UTC', now())`,
    [accountId, inboxes[0], conversations[0], OPENED + 86_400],
  )
  await run(client, 'update conversations set team_id = $2, inbox_id = $3 where id = $1', [
    conversations[1],
    teams[2],
    inboxes[2],
  ])
  return async () => {
    await client.query('commit')
    client.release()
  }
}

/** Something happens at every desk, and commits. */
async function writeEverywhere(random: ReturnType<typeof randomOf>): Promise<void> {
  for (const desk of desks.slice(1)) {
    const act = () => transaction(db.pool, (tx) => random.weighted(everything).act(tx, desk, random))
    for (let i = 0; i < 3; i++) (await act())?.()
  }
  const [{ accountId, conversations }] = desks as [Desk]
  await run(
    db.pool,
    `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
     values ($1, 1, $2, 1, to_timestamp($3) at time zone 'UTC', now())`,
    [accountId, conversations[2], Math.floor(random.between(OPENED, OPENED + 86_400))],
  )
}

/** How many marks one sweep leaves of what has committed. */
async function leftBySweep(pool: Pool): Promise<number> {
  await drain(pool).catch(() => {})
  return backlog(db.pool)
}

test(
  'while it is open everything else is rolled with each sweep, and nothing of it is missing afterwards',
  { timeout: 60_000 + HELD * 2000 },
  async () => {
    const random = randomOf('held')
    const commit = await hold()
    const started = performance.now()
    let sweeps = 0
    while (performance.now() - started < HELD * 1000) {
      await writeEverywhere(random)
      expect((await ages()).every((age) => age === null || age < HELD)).toBe(true)
      expect(await leftBySweep(db.pool)).toBe(0)
      expect(await ages()).toEqual([null, null, null])
      // What has committed, and nothing else, is what is rolled, of the account that is held as well.
      expect(await differencesFromFacts(db.pool, accounts())).toEqual([])
      sweeps++
      await sleep(100)
    }
    console.info(`${sweeps} sweeps beside a transaction of ${HELD} s`)
    expect(sweeps).toBeGreaterThan(2)
    await commit()
    const [held, ...others] = await ages()
    expect(held).toBeGreaterThanOrEqual(HELD)
    expect(others).toEqual([null, null])
    await drain(db.pool)
    expect(await ages()).toEqual([null, null, null])
    expect(await differences(db.pool, accounts())).toEqual([])
    expect(await deadlocks(db.pool)).toBe(0)
  },
)

test('a roller that waits until all who write have ended would be noticed', async () => {
  const waits = intercept(db.pool, {
    after: async (text, client) => {
      if (text.includes('delete from tidemark.dirty_hours'))
        await client.query(`set local lock_timeout = '0.3s'; lock table reporting_events in share mode`)
    },
  })
  const commit = await hold()
  await writeEverywhere(randomOf('waits'))
  expect(await leftBySweep(waits)).toBeGreaterThan(0)
  await commit()
  await drain(db.pool)
  expect(await differences(db.pool, accounts())).toEqual([])
})
