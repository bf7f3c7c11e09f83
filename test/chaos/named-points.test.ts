// A roll, or a chunk of a backfill, dies at each step that it has, by name: not somewhere, as when processes are killed by lot.
// TIDEMARK_POINTS says how often at each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { many, one, run, transaction, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { everything } from '../support/acts.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { dyingAt, type Death, type Moment } from '../support/dying.ts'
import { intercept } from '../support/intercept.ts'
import { backlog, deadlocks, differences, drain } from '../support/recompute.ts'
import { reportDifferences } from '../support/report-differences.ts'
import { randomOf, scaled } from '../support/seed.ts'

const DAY = 86_400
const ROUNDS = scaled('TIDEMARK_POINTS', 2)
const deathOf = (round: number): Death => (round % 2 === 0 ? 'connection' : 'process')

const lock = /hashtext\('tidemark roll'\)/
const cleared = /delete from tidemark\.rollup_hourly/
const put = /insert into tidemark\.rollup_hourly/
const commit = /^commit$/

/** The steps of a roll, in their order. */
const rollMoments: Moment[] = [
  { name: 'the marks of wide scope are taken', when: 'after', statement: /delete from tidemark\.dirty_scopes\s+where ctid/ },
  { name: 'it has the lock', when: 'after', statement: lock, since: commit },
  { name: 'it has claimed its marks', when: 'after', statement: /delete from tidemark\.dirty_hours/ },
  { name: 'the old rows are gone', when: 'after', statement: cleared },
  { name: 'the new rows are put', when: 'after', statement: put },
  { name: 'it is about to commit', when: 'before', statement: commit, since: put },
  { name: 'it has committed and the queue does not know', when: 'after', statement: commit, since: put },
]

/** Those of a backfill's chunk. Before it has the lock there is nothing to lose. */
const chunkMoments: Moment[] = [
  { name: 'it has the lock', when: 'after', statement: lock },
  { name: 'it has claimed its marks', when: 'after', statement: /delete from tidemark\.dirty_hours/ },
  { name: 'the old rows are gone', when: 'after', statement: cleared },
  { name: 'the new rows are put', when: 'after', statement: put },
  { name: 'it is about to commit', when: 'before', statement: commit, since: put },
  { name: 'it has committed and the queue does not know', when: 'after', statement: commit, since: put },
]

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(async () => {
  expect(await deadlocks(db.pool)).toBe(0)
  await db.drop()
})

const report = (desk: Desk, until = CLOSED) => reportDifferences(db.pool, desk.accountId, OPENED - DAY, until + DAY)

/** The quarters of an hour that are marked. */
async function marked(accountId: number): Promise<number[]> {
  const rows = await many<{ at: number }>(
    db.pool,
    'select distinct extract(epoch from hour)::float8 as at from tidemark.dirty_hours where account_id = $1 and isfinite(hour)',
    [accountId],
  )
  return rows.map(({ at }) => at)
}

/** An event, a conversation that goes to another team, and some things by lot. */
async function change(desk: Desk, random: Random): Promise<void> {
  const { accountId, conversations, inboxes, teams } = desk
  const conversation = random.pick(conversations)
  await run(
    db.pool,
    `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
     values ('reply_time', 60, $1, $2, $3, to_timestamp($4::float8) at time zone 'UTC', now())`,
    [accountId, random.pick(inboxes), conversation, Math.floor(random.between(OPENED, CLOSED))],
  )
  await run(db.pool, 'update conversations set team_id = case when team_id = $2 then $3 else $2 end where id = $1', [
    conversation,
    ...teams.slice(0, 2),
  ])
  for (let i = 0; i < 4; i++) (await transaction(db.pool, (tx) => random.weighted(everything).act(tx, desk, random)))?.()
}

/** A desk whose history is rolled, and then changed. */
async function changedDesk(random: Random): Promise<Desk> {
  const desk = await openDesk(db.pool, random.pick(['Asia/Kolkata', 'America/New_York', 'UTC']))
  await writeHistory(db.pool, desk, 8, OPENED, OPENED + 3 * DAY)
  await drain(db.pool)
  await change(desk, random)
  return desk
}

describe('a roll dies when', () => {
  test.for(rollMoments)('$name', { timeout: 60_000 + ROUNDS * 10_000 }, async (moment) => {
    const random = randomOf(moment.name)
    const desk = await changedDesk(random)
    const { accountId } = desk
    for (let round = 0; round < ROUNDS; round++) {
      const before = await marked(accountId)
      const { pool, died } = dyingAt(db.pool, moment, deathOf(round))
      await rollDirty(pool, accountId).catch(() => {})
      expect(died()).toBe(true)
      const after = await marked(accountId)
      expect(before.length).toBeGreaterThan(0)
      const isThrough = moment.statement === commit && moment.when === 'after'
      expect(before.filter((quarter) => !after.includes(quarter))).toEqual(isThrough ? before : [])
      expect(await report(desk)).toEqual([])
      await Promise.all([rollDirty(db.pool, accountId), rollDirty(db.pool, accountId)])
      // Marks of no account, as of a tag that is renamed, are the sweep's to look up.
      await drain(db.pool)
      expect(await backlog(db.pool)).toBe(0)
      expect(await differences(db.pool, [accountId])).toEqual([])
      await change(desk, random)
    }
    await drain(db.pool)
  })
})

describe('a chunk of a backfill dies when', () => {
  test.for(chunkMoments)('$name', { timeout: 60_000 + ROUNDS * 10_000 }, async (moment) => {
    const random = randomOf(`chunk: ${moment.name}`)
    // Each round rolls a history of its own.
    for (let round = 0; round < ROUNDS / 2; round++) {
      const desk = await openDesk(db.pool, 'America/New_York')
      const { accountId } = desk
      await withoutMarks(db.pool, accountId, (tx) => writeHistory(tx, desk, 6, OPENED, OPENED + DAY))
      const { id } = await requestBackfill(db.pool, { accountId, since: -Infinity, until: Infinity, reason: 'dies' })
      const { pool, died } = dyingAt(db.pool, moment, random.pick<Death>(['connection', 'process']))
      await runBackfill(pool, accountId, id).catch(() => {})
      expect(died()).toBe(true)
      expect(await report(desk, OPENED + DAY)).toEqual([])
      await Promise.all([runBackfill(db.pool, accountId, id), runBackfill(db.pool, accountId, id)])
      const done = await one(
        db.pool,
        `select state, hours_done = hours_total as exactly, hours_done >= 48 as all from tidemark.backfills
         where account_id = $1 and id = $2`,
        [accountId, id],
      )
      expect(done).toEqual({ state: 'completed', exactly: true, all: true })
      await drain(db.pool)
      expect(await differences(db.pool, [accountId])).toEqual([])
    }
  })
})

describe('this would be noticed', () => {
  /** A broken variant: what it has claimed is committed before the rows that it stands for. */
  const claimsFirst = (pool: Pool) =>
    intercept(pool, {
      after: async (text, client) => {
        if (/delete from tidemark\.dirty_hours/.test(text)) await client.query('commit; begin')
      },
    })

  test('a roll that commits its claim before its rows, and dies in between', async () => {
    const desk = await changedDesk(randomOf('claims first'))
    const { pool, died } = dyingAt(claimsFirst(db.pool), rollMoments[2]!, 'process')
    await rollDirty(pool, desk.accountId).catch(() => {})
    expect(died()).toBe(true)
    await drain(db.pool)
    expect(await backlog(db.pool)).toBe(0)
    expect(await report(desk)).not.toEqual([])
    expect(await differences(db.pool, [desk.accountId])).not.toEqual([])
  })
})
