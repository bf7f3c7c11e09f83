import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Reading } from '../../src/reports/report.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, writeHistory, type Desk } from '../support/desk.ts'
import { intercept, jittered, withoutRollLock } from '../support/intercept.ts'
import { deadlocks, differences, differencesFromFacts, drain, somebodyWaits } from '../support/recompute.ts'
import { randomOf, scaled, scaledTime } from '../support/seed.ts'

/*
 * The story: a backfill reads an hour. An event of that hour is deleted, and its mark makes a roll read the hour, too: it
 * finds nothing, writes nothing and commits. Then the backfill commits what it read before: a ghost that no mark tells of.
 * So whoever rolls an account takes its lock first, reads in a later statement, and lets go when it commits.
 */

let db: TestDatabase
beforeAll(async () => void (db = await createDeskDatabase()))
afterAll(() => db.drop())

const DAY = 86_400
const day = OPENED + 2 * DAY
const late = `to_timestamp(${day + 10 * 3600}) at time zone 'UTC'`

/** The event of an hour in which nothing else happens comes and goes. */
async function lateEvent(pool: Pool, { accountId, inboxes, conversations }: Desk, comes: boolean): Promise<void> {
  const text = comes
    ? `insert into reporting_events (name, value, account_id, inbox_id, conversation_id, created_at, updated_at)
       values ('conversation_resolved', 60, $1, $2, $3, ${late}, now())`
    : `delete from reporting_events where account_id = $1 and inbox_id = $2 and conversation_id = $3 and created_at = ${late}`
  await run(pool, text, [accountId, inboxes[0], conversations[0]])
}

/**
 * One backfill with two runners, an event that is late by some random milliseconds, and two rolls, all of one day and at
 * once. Returns how many of them failed.
 */
async function round(pool: Pool, desk: Desk, random: Random, comes: boolean): Promise<number> {
  const { accountId } = desk
  const { id } = await requestBackfill(pool, { accountId, since: day, until: day + DAY, reason: 'at once' })
  const somewhen = () => sleep(random.between(0, 30))
  const outcomes = await Promise.allSettled([
    runBackfill(pool, accountId, id),
    somewhen().then(() => runBackfill(pool, accountId, id)),
    somewhen()
      .then(() => lateEvent(pool, desk, comes))
      .then(() => rollDirty(pool, accountId)),
    somewhen().then(() => rollDirty(pool, accountId)),
  ])
  await run(pool, `update tidemark.backfills set state = 'cancelled' where account_id = $1 and state in ('queued', 'running')`, [
    accountId,
  ])
  await drain(pool)
  return outcomes.filter(({ status }) => status === 'rejected').length
}

describe('two runners of one backfill, a late event and two rolls of one hour', () => {
  test(
    'never leave a row behind that is not what the raw rows give',
    { timeout: scaledTime(120_000, 'TIDEMARK_ROUNDS', 20) },
    async () => {
      const random = randomOf('at once')
      const desk = await openDesk(db.pool, 'UTC')
      await writeHistory(db.pool, desk, 3, day - DAY, day)
      await drain(db.pool)
      const before = await deadlocks(db.pool)
      const pool = jittered(db.pool, random, 2)
      for (let i = 0; i < scaled('TIDEMARK_ROUNDS', 20); i++) {
        expect(await round(pool, desk, random, i % 2 === 0), `round ${i}`).toBe(0)
        expect(await differencesFromFacts(db.pool, [desk.accountId]), `round ${i}`).toEqual([])
        if (i % 20 > 17) expect(await differences(db.pool, [desk.accountId]), `round ${i}`).toEqual([])
      }
      expect(await deadlocks(db.pool)).toBe(before)
    },
  )

  /** The story above, step by step: the backfill has read and is about to commit when the event goes and a roll begins. */
  async function tellStory(pool: Pool): Promise<unknown[]> {
    const desk = await openDesk(db.pool, 'UTC')
    const { accountId } = desk
    await writeHistory(db.pool, desk, 3, day - DAY, day)
    await lateEvent(db.pool, desk, true)
    await drain(db.pool)
    const { id } = await requestBackfill(db.pool, { accountId, since: day, until: day + DAY, reason: 'at once' })
    let rolled: Promise<unknown> | undefined
    const pausing = intercept(pool, {
      before: async (text) => {
        if (text !== 'commit' || rolled) return
        await lateEvent(db.pool, desk, false)
        rolled = rollDirty(pool, accountId)
        await somebodyWaits(db.pool)
      },
    })
    await runBackfill(pausing, accountId, id)
    await rolled
    await drain(db.pool)
    return differencesFromFacts(db.pool, [accountId])
  }

  test('never, in the story above', async () => {
    expect(await tellStory(db.pool)).toEqual([])
  })

  test('without the lock the story ends badly, so this would be noticed', async () => {
    expect(await tellStory(withoutRollLock(db.pool))).not.toEqual([])
  })
})

describe('readers beside rolls', () => {
  /**
   * Messages and conversations go to and fro, and as many as there were remain, in whatever state a reader finds the rows.
   * Returns the sums that readers found, each with how often.
   */
  async function readBeside(rolling: (accountId: number) => Promise<unknown>, reads: number): Promise<Map<number, number>> {
    const random = randomOf('readers')
    const desk = await openDesk(db.pool, 'America/New_York')
    await writeHistory(db.pool, desk, 40, day, day + 2 * DAY)
    await drain(db.pool)
    const { accountId, conversations, agents, teams } = desk
    const move = () =>
      run(
        db.pool,
        `update messages set created_at = to_timestamp($3) at time zone 'UTC', sender_id = $4
         where account_id = $1 and conversation_id = $2 and message_type = 1`,
        [accountId, random.pick(conversations), Math.floor(random.between(day, day + 2 * DAY)), random.pick(agents)],
      )
    const hand = () =>
      run(db.pool, 'update conversations set team_id = $3 where account_id = $1 and id = $2', [
        accountId,
        random.pick(conversations),
        random.pick(teams),
      ])
    const found = new Map<number, number>()
    const stop = new AbortController()
    const read = async (report: Reading) => {
      const asked = { since: OPENED, until: CLOSED, metrics: ['outgoing_messages_count'] as const }
      const bounds = Array.from({ length: 15 }, (_, i) => OPENED + i * DAY)
      const totals = await report.totals({ ...asked, dimension: random.pick(['account', 'agent', 'team', 'inbox']) })
      const series = await report.series({ ...asked, dimension: random.pick(['account', 'team']), bounds })
      for (const rows of [totals, series]) {
        const sum = rows.reduce((total, row) => total + (row.figures.outgoing_messages_count.value ?? 0), 0)
        found.set(sum, (found.get(sum) ?? 0) + 1)
      }
      if ([...found.values()].reduce((total, n) => total + n, 0) >= reads) stop.abort()
    }
    const over = async (work: () => Promise<unknown>) => {
      while (!stop.signal.aborted) await work()
    }
    const roll = () => rolling(accountId)
    const ask = () => reading(db.pool, accountId, read)
    const atTimes = (work: () => Promise<unknown>) => () => work().then(() => sleep(10))
    await Promise.all([atTimes(move), atTimes(hand), roll, roll, ask, ask, ask].map(over))
    return found
  }

  test(
    'see an hour before or after it is rolled, never half of it',
    { timeout: scaledTime(60_000, 'TIDEMARK_READS', 600) },
    async () => {
      const found = await readBeside((accountId) => rollDirty(db.pool, accountId), scaled('TIDEMARK_READS', 600))
      expect([...found.keys()]).toEqual([80])
    },
  )

  test('see more and less than there is when a roll is no transaction, so this would be noticed', async () => {
    const piecemeal = intercept(db.pool, { before: (text) => (/^(begin|commit)/.test(text) ? 'skip' : undefined) })
    // Two such rolls get in each other's way; that is another matter.
    const found = await readBeside((accountId) => rollDirty(piecemeal, accountId).catch(() => {}), 300)
    expect([...found.keys()].length).toBeGreaterThan(1)
  })
})
