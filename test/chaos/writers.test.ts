import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { many, one, run, SQLSTATE, transaction, type Client } from '../../src/db.ts'
import { coverageOf, lockRolls } from '../../src/rollups/coverage.ts'
import { bucketsTouched, dirtyQuarters } from '../../src/rollups/rolling/dirty.ts'
import { rollHours } from '../../src/rollups/rolling/roll.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { insertions } from '../support/acts.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, writeHistory, type Desk } from '../support/desk.ts'
import { backlog, deadlocks, differences, differencesFromFacts, drain } from '../support/recompute.ts'
import { startReader } from '../support/report-differences.ts'
import { randomOf, scaled, scaledTime } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

/*
 * The story: ids and times are given when a row is written, rows are seen when their transaction commits, and the two orders
 * are not the same. A transaction that takes three seconds commits rows that lie three seconds behind what a reader has
 * seen; whoever goes on from the greatest id misses them for good. The mark of a row commits with it, so whoever takes marks
 * misses nothing, if he takes them first and reads then: a mark that is taken after its hour was read takes with it
 * the news of all that committed in between.
 */

let db: TestDatabase
let desks: Desk[]
beforeAll(async () => {
  db = await createDeskDatabase()
  desks = [await openDesk(db.pool, 'Asia/Kolkata'), await openDesk(db.pool, 'America/New_York')]
  for (const desk of desks) await writeHistory(db.pool, desk, 60)
  await drain(db.pool, OPENED)
})
afterAll(() => db.drop())

const accounts = () => desks.map((desk) => desk.accountId)

/** Rolls over and over until it is stopped, one pass every few milliseconds. */
function startRoller(pass: () => Promise<unknown>) {
  let stopped = false
  const ended = (async () => {
    while (!stopped) {
      await pass()
      await sleep(20)
    }
  })()
  ended.catch(() => (stopped = true))
  return async () => {
    stopped = true
    await ended
  }
}

/** Runs writers beside rollers for some seconds, then lets the rollers catch up. Returns how many transactions committed. */
async function writeBeside(pass: () => Promise<unknown>, setup: Partial<Parameters<typeof startWriters>[0]>, seconds: number) {
  const writers = startWriters({ url: db.url, desks, random: randomOf('writers'), writers: 30, rest: 0.05, ...setup })
  const rollers = [startRoller(pass), startRoller(pass)]
  await sleep(seconds * 1000)
  await writers.stop()
  for (const stop of rollers) await stop()
  await pass()
  return { committed: writers.committed, held: writers.held }
}

const SECONDS = 9

test(
  'thirty writers, two rollers and readers at once: nothing is missed, nothing is made up',
  { timeout: scaledTime(120_000, 'TIDEMARK_SECONDS', SECONDS) },
  async () => {
    const random = randomOf('readers')
    const before = await deadlocks(db.pool)
    // Days and a month end while all this goes on: the rollers' clock runs through the two weeks.
    const seconds = scaled('TIDEMARK_SECONDS', SECONDS)
    const started = performance.now()
    const clock = () => OPENED + (CLOSED - OPENED) * Math.min(1, (performance.now() - started) / (seconds * 1000))
    const setup = { pool: db.pool, accounts: accounts(), random, within: [OPENED, CLOSED], rest: 0.1 } as const
    const readers = [startReader(setup), startReader(setup)]
    const found: unknown[] = []
    const stopVerifying = startRoller(async () => {
      const { differences } = await verifyRollups(db.pool, random.pick(accounts()), { from: OPENED, until: CLOSED })
      found.push(...differences)
    })
    const { committed, held } = await writeBeside(() => drain(db.pool, clock()), {}, seconds)
    await stopVerifying()
    const read = await Promise.all(readers.map((reader) => reader.stop()))
    const reports = read.reduce((sum, reader) => sum + reader.reports, 0)
    console.info(`${committed} transactions, ${held} of them held open; ${reports} reports compared`)
    expect(held).toBeGreaterThan(0)
    expect(reports).toBeGreaterThan(5)
    expect(read.flatMap((reader) => reader.differences)).toEqual([])
    expect(found).toEqual([])
    await drain(db.pool)
    expect(await backlog(db.pool)).toBe(0)
    expect(await differences(db.pool, accounts())).toEqual([])
    expect(await deadlocks(db.pool)).toBe(before)
  },
)

describe('a broken roller is caught', () => {
  /** Makes all right again for the next test. */
  async function repair(): Promise<void> {
    for (const accountId of accounts()) {
      await run(
        db.pool,
        `insert into tidemark.dirty_hours (account_id, hour)
         select $1, generate_series(to_timestamp($2), to_timestamp($3), interval '15 minutes')`,
        [accountId, OPENED, CLOSED],
      )
    }
    await drain(db.pool)
    expect(await differences(db.pool, accounts())).toEqual([])
  }

  /** What is wrong of the hours' own rows: the broken ones do not know at all that an event changes its creation's, too. */
  async function wrongFigures(): Promise<unknown[]> {
    return (await differencesFromFacts(db.pool, accounts())).filter(({ part }) => !String(part).startsWith('created_'))
  }

  const slow = { held: 0.1, heldSeconds: 0.5, acts: insertions }

  test('one that reads the raw rows before it takes their marks', { timeout: 120_000 }, async () => {
    const rollTooEarly = async (tx: Client, accountId: number) => {
      await lockRolls(tx, accountId)
      const coverage = (await coverageOf(tx, accountId))!
      const dirty = await dirtyQuarters(tx, accountId, OPENED)
      const quarters = dirty === 'everything' ? [] : dirty.map((mark) => mark.quarter)
      await rollHours(tx, accountId, coverage, bucketsTouched(coverage.zone, quarters))
      await run(tx, 'delete from tidemark.dirty_scopes where account_id = $1', [accountId])
      await run(
        tx,
        `delete from tidemark.dirty_hours where account_id = $1 and hour = any (array(select to_timestamp(unnest($2::float8[]))))`,
        [accountId, quarters],
      )
    }
    const pass = async () => {
      for (const accountId of accounts()) await transaction(db.pool, (tx) => rollTooEarly(tx, accountId))
    }
    let wrong: unknown[] = []
    // On a slow machine two seconds may go by without a commit at the wrong moment.
    for (let tries = 0; wrong.length === 0 && tries < 5; tries++) {
      await writeBeside(pass, slow, 2)
      expect(await backlog(db.pool)).toBe(0)
      wrong = await wrongFigures()
    }
    console.info(`marks taken after reading: ${wrong.length} figures wrong`)
    expect(wrong.length).toBeGreaterThan(0)
    await repair()
  })

  test('one that goes on from the greatest id it has seen', { timeout: 60_000 }, async () => {
    const tables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses']
    const seen = new Map<string, number>()
    for (const table of tables) seen.set(table, (await one<{ id: number }>(db.pool, `select max(id) as id from ${table}`)).id)
    const rollNewIds = async (tx: Client) => {
      for (const accountId of accounts()) await lockRolls(tx, accountId)
      const rows: { id: number; account_id: number; at: number }[] = []
      for (const table of tables) {
        const news = await many<(typeof rows)[number]>(
          tx,
          `select id, account_id, extract(epoch from created_at)::float8 as at from ${table} where id > $1`,
          [seen.get(table)],
        )
        seen.set(table, Math.max(seen.get(table)!, ...news.map((row) => row.id)))
        rows.push(...news)
      }
      for (const accountId of accounts()) {
        const coverage = (await coverageOf(tx, accountId))!
        const instants = rows.filter((row) => row.account_id === accountId).map((row) => Math.floor(row.at / 900) * 900)
        await rollHours(tx, accountId, coverage, bucketsTouched(coverage.zone, instants))
      }
    }
    await writeBeside(() => transaction(db.pool, rollNewIds), slow, 2)
    await run(db.pool, 'delete from tidemark.dirty_hours')
    await run(db.pool, 'delete from tidemark.dirty_scopes')
    const wrong = await wrongFigures()
    console.info(`greatest id seen: ${wrong.length} figures wrong`)
    expect(wrong.length).toBeGreaterThan(0)
    await repair()
  })
})

describe('writers that mark the same hours in another order', () => {
  const A = OPENED + 3600
  const B = OPENED + 7200

  /** Two transactions write to two hours, each to the other's second; returns how they ended. */
  async function crosswise(): Promise<string[]> {
    const clients = [await db.pool.connect(), await db.pool.connect()] as const
    const write = (client: Client, at: number) =>
      run(
        client,
        `insert into messages (account_id, inbox_id, conversation_id, message_type, created_at, updated_at)
         values ($1, 1, 1, 1, to_timestamp($2) at time zone 'UTC', now())`,
        [accounts()[0], at],
      )
    try {
      for (const client of clients) await client.query('begin')
      await write(clients[0], A)
      await write(clients[1], B)
      const ended = await Promise.allSettled([write(clients[0], B), write(clients[1], A)])
      return ended.map((one) => (one.status === 'fulfilled' ? 'written' : (one.reason as { code: string }).code))
    } finally {
      for (const client of clients) {
        await client.query('rollback')
        client.release()
      }
    }
  }

  test('do not wait for each other; with one row for each hour they would lock each other out', { timeout: 60_000 }, async () => {
    const before = await deadlocks(db.pool)
    expect(await crosswise()).toEqual(['written', 'written'])
    const { made } = await one<{ made: string }>(db.pool, `select pg_get_functiondef('tidemark.mark_messages'::regproc) as made`)
    const broken = made.replace(/(insert into tidemark\.dirty_hours [^;]+);/, '$1 on conflict (account_id, hour) do nothing;')
    expect(broken).not.toBe(made)
    try {
      await db.pool.query(`create unique index one_row_per_hour on tidemark.dirty_hours (account_id, hour); ${broken}`)
      expect((await crosswise()).sort()).toEqual([SQLSTATE.deadlock, 'written'])
      // Statistics come a moment later.
      await vi.waitFor(async () => expect(await deadlocks(db.pool)).toBe(before + 1), { timeout: 10_000 })
    } finally {
      await db.pool.query(`${made}; drop index tidemark.one_row_per_hour`)
    }
    expect(await crosswise()).toEqual(['written', 'written'])
  })
})
