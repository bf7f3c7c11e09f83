import { runMigrations } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isSqlState, one, openPool, run, type Pool } from '../../src/db.ts'
import { preparePostgresQueue } from '../../src/queue.ts'
import { claimDueJobsInOrder } from '../../src/queue-patch.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

const definition = async () =>
  (await one<{ text: string }>(database.pool, `select pg_get_functiondef('bullmq.move_to_active'::regproc) as text`)).text

test('twenty processes that prepare the queue at once leave one repaired function', async () => {
  await Promise.all(Array.from({ length: 20 }, () => preparePostgresQueue(database.pool)))
  const text = await definition()
  expect(text.match(/-- due jobs are claimed in order/g)).toHaveLength(1)
  expect(text.match(/FOR UPDATE SKIP LOCKED/g)).toHaveLength(2)
  expect(text).toContain(`SET search_path TO 'bullmq'`)
})

test('a repaired function is left as it is', async () => {
  const before = await definition()
  expect(await claimDueJobsInOrder(database.pool, 'bullmq')).toBe('already')
  expect(await definition()).toBe(before)
})

test('a function that is worded differently is left as it is', async () => {
  const original = await definition()
  await run(database.pool, original.replace(/-- due jobs are claimed in order\s+WHERE/, 'WHERE'))
  const reworded = await definition()
  expect(await claimDueJobsInOrder(database.pool, 'bullmq')).toBe('unknown')
  expect(await definition()).toBe(reworded)
  await run(database.pool, original)
})

test('a schema without the function is no error', async () => {
  expect(await claimDueJobsInOrder(database.pool, 'nowhere')).toBe('unknown')
})

test('a role that may not create anything can prepare a queue that is there', async () => {
  const role = `queue_reader_${process.pid}`
  await run(database.pool, `create role ${role} login`)
  await run(database.pool, `grant usage on schema bullmq to ${role}`)
  await run(database.pool, `grant select on all tables in schema bullmq to ${role}`)
  const url = new URL(database.url)
  url.username = role
  const pool = openPool(url.href)
  try {
    await expect(preparePostgresQueue(pool)).resolves.toBeUndefined()
  } finally {
    await pool.end()
    await run(database.pool, `drop owned by ${role}`)
    await run(database.pool, `drop role ${role}`)
  }
})

/** Asks for a job as a worker does, with a plan of our choice; true when the server ended it as a deadlock's victim. */
async function fetchJob(pool: Pool, plan: 'indexscan' | 'seqscan'): Promise<boolean> {
  const client = await pool.connect()
  try {
    for (const kind of ['indexscan', 'seqscan', 'bitmapscan']) await client.query(`set enable_${kind} = ${kind === plan}`)
    await client.query(`select id from bullmq.move_to_active('rollups', 'token', 1000, 1000000, 'worker', null, null)`)
    return false
  } catch (error) {
    if (isSqlState(error, '40P01')) return true
    throw error
  } finally {
    client.release(true)
  }
}

/** Two workers that fetch a job at once while 2,000 delayed ones are due; returns in how many of the rounds they deadlocked. */
async function deadlocks(pool: Pool, rounds: number): Promise<number> {
  let victims = 0
  for (let round = 0; round < rounds; round++) {
    await run(pool, 'truncate bullmq.job cascade')
    await run(
      pool,
      `insert into bullmq.job (queue, id, seq, name, state, added_at_ms, process_at_ms)
       select 'rollups', n::text, n, 'roll-account', 'delayed', 0, 5000 - n from generate_series(1, 2000) n`,
    )
    const ended = await Promise.all([fetchJob(pool, 'indexscan'), fetchJob(pool, 'seqscan')])
    victims += ended.filter(Boolean).length
  }
  return victims
}

test('two workers that promote the same due jobs in different orders deadlock before the repair, and never after', async () => {
  const fresh = await createDatabase()
  const client = await fresh.pool.connect()
  await runMigrations(client, 'bullmq').finally(() => client.release())
  expect(await deadlocks(fresh.pool, 2)).toBeGreaterThan(0)
  expect(await claimDueJobsInOrder(fresh.pool, 'bullmq')).toBe('rewritten')
  expect(await deadlocks(fresh.pool, 10)).toBe(0)
  await fresh.drop()
})
