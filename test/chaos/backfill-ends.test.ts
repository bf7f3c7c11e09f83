import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { followZone, requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'
import { deadlocks, differences, drain, somebodyWaits } from '../support/recompute.ts'
import { reportDifferences } from '../support/report-differences.ts'

/*
 * The story: a backfill of all there is settles where history begins and ends, and says at last that everything is covered,
 * before and after as well. Meanwhile rows come in there or go, and rolls take their marks off the log: of no concern yet,
 * since nothing is covered there. What was of no concern then must not be forgotten when it is declared covered.
 */

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

const DAY = 86_400
const old = `to_timestamp(${OPENED - 40 * DAY}) at time zone 'UTC'`
const recent = `to_timestamp(${CLOSED - 3600}) at time zone 'UTC'`
const ahead = `to_timestamp(extract(epoch from now()) + ${3 * DAY}) at time zone 'UTC'`
const insertMessage = (at: string) =>
  `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
   values ($1, 1, $2, 1, ${at}, now())`
const report = (desk: Desk) => reportDifferences(db.pool, desk.accountId, OPENED - 100 * DAY, CLOSED + 1000 * DAY)

async function unrolledDesk(): Promise<Desk> {
  const desk = await openDesk(db.pool, 'UTC')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 10, OPENED))
  return desk
}

test('a message older than all there was, whose mark a roll has dropped, is rolled by the backfill', async () => {
  const desk = await unrolledDesk()
  const { id } = await requestBackfill(db.pool, { accountId: desk.accountId, since: -Infinity, until: Infinity, reason: 'all' })
  let chunks = 0
  const onProgress = async () => {
    if (chunks++ > 0) return
    await run(db.pool, insertMessage(old), [desk.accountId, desk.conversations[0]])
    await drain(db.pool)
  }
  await runBackfill(db.pool, desk.accountId, id, { onProgress })
  expect(chunks).toBeGreaterThan(1)
  await drain(db.pool)
  expect(await report(desk)).toEqual([])
  expect(await differences(db.pool, [desk.accountId])).toEqual([])
})

test('a message of the days to come, written while the backfill begins, keeps its mark', async () => {
  const desk = await unrolledDesk()
  const { id } = await requestBackfill(db.pool, { accountId: desk.accountId, since: -Infinity, until: Infinity, reason: 'all' })
  let written = false
  const pool = intercept(db.pool, {
    before: async (text) => {
      if (written || !text.includes('delete from tidemark.dirty_hours')) return
      written = true
      await run(db.pool, insertMessage(ahead), [desk.accountId, desk.conversations[0]])
    },
  })
  await runBackfill(pool, desk.accountId, id)
  expect(written).toBe(true)
  expect(await report(desk)).toEqual([])
  await drain(db.pool)
  expect(await differences(db.pool, [desk.accountId])).toEqual([])
})

test('the oldest rows are deleted just before a second backfill: it does not swallow their marks', async () => {
  const desk = await unrolledDesk()
  await run(db.pool, insertMessage(old), [desk.accountId, desk.conversations[0]])
  const everything = { accountId: desk.accountId, since: -Infinity, until: Infinity, reason: 'all' }
  await runBackfill(db.pool, desk.accountId, (await requestBackfill(db.pool, everything)).id)
  await run(db.pool, `delete from messages where account_id = $1 and created_at = ${old}`, [desk.accountId])
  await runBackfill(db.pool, desk.accountId, (await requestBackfill(db.pool, everything)).id)
  await drain(db.pool)
  expect(await report(desk)).toEqual([])
  expect(await differences(db.pool, [desk.accountId])).toEqual([])
})

test('a bot’s handoff is deleted where nothing is rolled: what was rolled of its conversation forgets it, too', async () => {
  const desk = await unrolledDesk()
  const { accountId } = desk
  const withoutBot = desk.conversations.find((conversation) => conversation % 5 > 1)
  const event = (name: string, at: string) =>
    run(
      db.pool,
      `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
       values ($1, 1, $2, 1, $3, ${at}, now())`,
      [name, accountId, withoutBot],
    )
  const erase = (name: string) =>
    run(
      db.pool,
      `delete from reporting_events where account_id = $1 and name = $2 and created_at = any (array[${old}, ${recent}])`,
      [accountId, name],
    )
  await event('conversation_bot_handoff', old)
  await event('conversation_bot_handoff', old)
  await event('conversation_bot_resolved', recent)
  const part = await requestBackfill(db.pool, { accountId, since: OPENED, until: Infinity, reason: 'a part' })
  await runBackfill(db.pool, accountId, part.id)
  await erase('conversation_bot_resolved')
  await drain(db.pool)
  await erase('conversation_bot_handoff')
  await drain(db.pool)
  const all = await requestBackfill(db.pool, { accountId, since: -Infinity, until: Infinity, reason: 'all' })
  await runBackfill(db.pool, accountId, all.id)
  expect(await report(desk)).toEqual([])
  expect(await differences(db.pool, [accountId])).toEqual([])
})

test('the account moves to another time zone between the two locks of a chunk: nobody deadlocks', async () => {
  const desk = await unrolledDesk()
  const { accountId } = desk
  const before = await deadlocks(db.pool)
  const { id } = await requestBackfill(db.pool, { accountId, since: OPENED, until: CLOSED, reason: 'part' })
  await runBackfill(db.pool, accountId, id)
  const again = await requestBackfill(db.pool, { accountId, since: OPENED, until: CLOSED, reason: 'again' })
  await run(db.pool, `update accounts set settings = '{"reporting_timezone": "Asia/Kolkata"}' where id = $1`, [accountId])
  let moved: Promise<boolean> | undefined
  const pool = intercept(db.pool, {
    before: async (text) => {
      if (moved || !text.includes(`hashtext('tidemark roll')`)) return
      moved = followZone(db.pool, accountId)
      await Promise.race([moved, somebodyWaits(db.pool)])
    },
  })
  await runBackfill(pool, accountId, again.id)
  expect(await moved).toBe(true)
  const rest = await many<{ id: number }>(
    db.pool,
    `select id from tidemark.backfills where account_id = $1 and state = 'queued'`,
    [accountId],
  )
  for (const { id: asked } of rest) await runBackfill(db.pool, accountId, asked)
  await drain(db.pool)
  expect(await report(desk)).toEqual([])
  expect(await differences(db.pool, [accountId])).toEqual([])
  expect(await deadlocks(db.pool)).toBe(before)
})
