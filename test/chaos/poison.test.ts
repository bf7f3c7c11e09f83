import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, OPENED, writeHistory } from '../support/desk.ts'
import { differences, drain } from '../support/recompute.ts'

/*
 * The story: an hour cannot be rolled, its sums overflow. It must wait, longer each time, and nothing else with it: neither
 * the hours before it nor a conversation that has something in it and moves to another team.
 */

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

test('an hour that cannot be rolled holds up nobody, not even when a mark of wide scope names it', async () => {
  const desk = await openDesk(db.pool, 'UTC')
  const { accountId } = desk
  await writeHistory(db.pool, desk, 10, OPENED, OPENED + 3 * 86_400)
  await drain(db.pool)
  // Without a label: else the hour of its creation, whose label rows sum up its events, could not be rolled either.
  const conversation = desk.conversations.find((id) => id % 3 === 0)
  const another = desk.conversations.find((id) => id % 3 > 0)
  const bad = `to_timestamp(${OPENED + 5 * 86_400}) at time zone 'UTC'`
  await run(
    db.pool,
    `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
     select 'reply_time', 1e308, $1, 1, $2, ${bad}, now() from generate_series(1, 2)`,
    [accountId, conversation],
  )
  await run(db.pool, 'update conversations set team_id = $2 where id = $1', [conversation, desk.teams[2]])
  await run(db.pool, 'update messages set message_type = 1 where conversation_id = $1', [another])
  const { failed } = await rollDirty(db.pool, accountId)
  expect(failed).toBe(1)
  expect(await many(db.pool, 'select from tidemark.dirty_scopes')).toEqual([])
  const waiting = `select distinct hour at time zone 'UTC' as hour, failures, retry_at > now() as waits from tidemark.dirty_hours`
  const { hour } = await one(db.pool, `select date_trunc('hour', ${bad}) as hour`)
  expect(await many(db.pool, waiting)).toEqual([{ hour, failures: 1, waits: true }])

  await run(db.pool, `delete from reporting_events where account_id = $1 and value = 1e308`, [accountId])
  await drain(db.pool)
  expect(await many(db.pool, waiting)).toEqual([])
  expect(await differences(db.pool, [accountId])).toEqual([])
})
