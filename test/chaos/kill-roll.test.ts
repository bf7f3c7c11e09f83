import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { killWhileRolling, startTidemark } from '../support/processes.ts'
import { backlog, deadlocks, differences } from '../support/recompute.ts'
import { randomOf, scaled } from '../support/seed.ts'
import { startWriters } from '../support/writers.ts'

/*
 * The story: a worker has taken marks off the dirty log and is halfway through the hours they name. Somebody pulls the plug.
 * Its marks and its rows were one transaction, so both are as before, and the next worker finds the marks again: at
 * the latest when the queue takes the killed worker's jobs back, 25 seconds later. Writers never stopped.
 */

const zones = ['Asia/Kolkata', 'America/New_York', 'UTC', 'Australia/Lord_Howe', 'Asia/Kathmandu']
const kills = scaled('TIDEMARK_KILLS', 5)
/** Each kill leaves up to four accounts to wait until the queue notices: enough others are left to be rolled meanwhile. */
const ACCOUNTS = scaled('TIDEMARK_ACCOUNTS', 24)
/** Of each account, with six messages and three or four events each. */
const CONVERSATIONS = scaled('TIDEMARK_CONVERSATIONS', 15)
const size = ACCOUNTS * CONVERSATIONS
/** Milliseconds that a worker may roll before it is killed: longer on larger desks, so that kills fall amid all of the work. */
const WITHIN = Math.max(30, size / 7)

let db: TestDatabase
let desks: Desk[]
beforeAll(
  async () => {
    db = await createDeskDatabase()
    desks = []
    for (let n = 0; n < ACCOUNTS; n++) {
      desks.push(await openDesk(db.pool, zones[n % zones.length]!))
      await writeHistory(db.pool, desks[n]!, CONVERSATIONS)
    }
    await run(db.pool, 'analyze')
  },
  60_000 + size * 20,
)
afterAll(() => db.drop())

const startWorker = () => startTidemark(db.url, ['worker'], { SWEEP_SECONDS: '0.3' })

test(
  `a worker killed ${kills} times amid rolls leaves nothing undone and nothing wrong`,
  { timeout: 120_000 + kills * 20_000 + size * 20 },
  async ({ onTestFinished }) => {
    const writers = startWriters({ url: db.url, desks, random: randomOf('writers'), writers: 6, rest: 0.3 })
    await killWhileRolling(db.pool, randomOf('kills'), kills, startWorker, WITHIN)
    await writers.stop()
    const left = await backlog(db.pool)
    const started = performance.now()
    const fresh = startWorker()
    onTestFinished(() => fresh.kill())
    while ((await backlog(db.pool)) > 0 && performance.now() - started < 60_000) await sleep(100)
    const seconds = (performance.now() - started) / 1000
    console.info(`${writers.committed} transactions beside ${kills} kills; ${left} marks left, gone in ${seconds.toFixed(1)} s`)
    expect(await backlog(db.pool)).toBe(0)
    await fresh.kill()
    expect(
      await differences(
        db.pool,
        desks.map((desk) => desk.accountId),
      ),
    ).toEqual([])
    expect(await deadlocks(db.pool)).toBe(0)
  },
)
