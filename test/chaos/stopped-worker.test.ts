import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, run, transaction } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { everything } from '../support/acts.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, openDesk, writeHistory, type Desk } from '../support/desk.ts'
import { rolling, startTidemark, type Running } from '../support/processes.ts'
import { backlog, deadlocks, differences } from '../support/recompute.ts'
import { randomOf } from '../support/seed.ts'

/*
 * The story: a machine stands still for longer than its worker's lock on a job, in the middle of a roll: a laptop's lid, a
 * migration of the virtual machine. The queue takes the worker for dead and gives its job to another. Then the first goes on
 * where it was, as if nothing had been, and both roll the same account. The transaction of the first is still open, and so is
 * its lock in the database: the other waits for it, and reads after it has committed.
 */

let db: TestDatabase
const desks: Desk[] = []
beforeAll(async () => {
  db = await createDeskDatabase()
  for (const zone of ['Asia/Kolkata', 'America/New_York']) {
    const desk = await openDesk(db.pool, zone)
    await writeHistory(db.pool, desk, 10)
    desks.push(desk)
  }
  // Slow enough that a roll is met at work.
  await run(
    db.pool,
    `create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return null; end $$`,
  )
  await run(db.pool, 'create trigger slow after insert on tidemark.rollup_hourly for each statement execute function slow()')
})
afterAll(() => db.drop())

async function until<T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> {
  for (const started = performance.now(); performance.now() - started < seconds * 1000; await sleep(20)) {
    const seen = await look()
    if (seen !== undefined) return seen
  }
  throw new Error(`not within ${seconds} s: ${what}`)
}

/** Stops one of the workers while it rolls one account, not both. Returns it, and the account. */
const stopOneAmidRoll = (workers: Running[], random: Random) =>
  until('a worker that rolls', 60, async () => {
    const victim = await roller(workers)
    // All that there was may have been rolled meanwhile.
    if (!victim) return change(random, desks.slice(0, 1)).then(() => undefined)
    victim.stop()
    // It may just have been done with it.
    await sleep(300)
    const [accountId, another] = await lockedBy(victim)
    if (accountId !== undefined && another === undefined) return { victim, accountId }
    victim.goOn()
    return undefined
  })

async function roller(workers: Running[]): Promise<Running | undefined> {
  const names = await rolling(db.pool)
  return workers.find(({ name }) => names.includes(name))
}

/** The accounts whose roll lock a process holds, or waits for. */
async function lockedBy({ name }: Running, granted = true): Promise<number[]> {
  const rows = await many<{ id: number }>(
    db.pool,
    `select l.objid::int as id from pg_locks l join pg_stat_activity a using (pid)
     where a.application_name = $1 and l.locktype = 'advisory' and l.granted = $2
       and l.classid = (hashtext('tidemark roll')::bigint & 4294967295)::oid`,
    [name, granted],
  )
  return rows.map(({ id }) => id)
}

async function change(random: Random, changed = desks): Promise<void> {
  for (const desk of changed)
    for (let i = 0; i < 5; i++) (await transaction(db.pool, (tx) => random.weighted(everything).act(tx, desk, random)))?.()
}

const marksOf = (accountId: number) =>
  many(
    db.pool,
    `select from tidemark.dirty_hours where account_id = $1 union all select from tidemark.dirty_scopes where account_id = $1`,
    [accountId],
  )

test(
  'a worker that stands still amid a roll, for longer than its lock, and goes on: both roll, and all is right',
  { timeout: 150_000 },
  async () => {
    const random = randomOf('stopped')
    const workers = [1, 2].map(() => startTidemark(db.url, ['worker'], { SWEEP_SECONDS: '0.3' }))
    try {
      const { victim, accountId } = await stopOneAmidRoll(workers, random)
      const other = workers.find((worker) => worker !== victim)!
      const stopped = performance.now()
      await change(random)
      await until('the other worker has been given the job', 60, async () =>
        (await lockedBy(other, false)).includes(accountId) ? true : undefined,
      )
      const seconds = (performance.now() - stopped) / 1000
      console.info(`the job was given to the other worker after ${seconds.toFixed(1)} s`)
      // Nobody else waits for the one that stands still.
      const free = desks.find((desk) => desk.accountId !== accountId)!
      await until('the other account is rolled', 30, async () =>
        (await marksOf(free.accountId)).length === 0 ? true : undefined,
      )
      expect(await marksOf(accountId)).not.toEqual([])
      victim.goOn()
      await change(random)
      await until('everything is rolled', 60, async () => ((await backlog(db.pool)) === 0 ? true : undefined))
      // Both still live, and go on to roll.
      expect(await Promise.race([...workers.map(({ ended }) => ended), sleep(10)])).toBeUndefined()
      for (const worker of workers) worker.terminate()
      expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0])
      expect(other.output() + victim.output()).toContain('lost its worker')
    } finally {
      await Promise.all(workers.map((worker) => worker.kill()))
    }
    expect(await backlog(db.pool)).toBe(0)
    await run(db.pool, 'drop trigger slow on tidemark.rollup_hourly')
    expect(
      await differences(
        db.pool,
        desks.map((desk) => desk.accountId),
      ),
    ).toEqual([])
    expect(await deadlocks(db.pool)).toBe(0)
  },
)
