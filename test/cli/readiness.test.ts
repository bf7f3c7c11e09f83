// What a process says of itself when it could work or not: on real databases that lack a migration, or a right.
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readinessOf } from '../../src/cli/probing.ts'
import { openPool, type Pool } from '../../src/db.ts'
import { emptyServer } from '../../src/http/empty-server.ts'
import { addProbes } from '../../src/http/probes.ts'
import { migrate } from '../../src/migrate.ts'
import { namesIn, OWN, RAW } from '../../src/migrations.ts'
import { openQueues } from '../../src/queue.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { migrateUntil } from '../support/newer.ts'

let database: TestDatabase
beforeEach(async () => void (database = await createDatabase()))
afterEach(() => database.drop())

async function readyz(pool: Pool, worker?: Parameters<typeof readinessOf>[1]) {
  const app = emptyServer()
  addProbes(app, pool, readinessOf(pool, worker))
  const answer = await app.inject({ url: '/readyz' })
  await app.close()
  return [answer.statusCode, answer.json<{ problems: string[] }>().problems]
}

test('a database that lacks a migration, ours or of the raw tables, makes web and worker unready', async () => {
  const [own, raw] = [namesIn(OWN.dir), namesIn(RAW.dir)]
  await migrateUntil(database.url, own.at(-2)!, raw.at(-2))
  const told = [503, [`Migrations are missing: ${raw.at(-1)}, ${own.at(-1)}. Run \`tidemark migrate\`.`]]
  const queues = await openQueues(database)
  expect(await readyz(database.pool)).toEqual(told)
  expect(await readyz(database.pool, { queues })).toEqual(told)
  await migrate(database.url)
  expect(await readyz(database.pool, { queues })).toEqual([200, []])
  // The raw tables alone, as after a restore of half of it.
  await database.pool.query('delete from tidemark.raw_migrations where name = $1', [raw.at(-1)])
  expect(await readyz(database.pool)).toEqual([503, [expect.stringContaining(`missing: ${raw.at(-1)}.`)]])
  await queues.close()
})

test("in a Chatwoot database the raw migrations are nobody's business", async () => {
  await migrate(database.url)
  await database.pool.query('drop table tidemark.raw_migrations')
  expect(await readyz(database.pool)).toEqual([200, []])
})

test('a right that is missing is told as that', async () => {
  await migrate(database.url)
  const role = `nobody_${randomBytes(6).toString('hex')}`
  await database.pool.query(`create role ${role}`)
  const pool = openPool(database.url, { max: 1 })
  await pool.query(`set role ${role}`)
  const refused = [503, [expect.stringMatching(/^The database refuses: permission denied for (schema|table) \w+ \(42501\)\.$/)]]
  expect(await readyz(pool)).toEqual(refused)
  await pool.end()
  await database.pool.query(`drop role ${role}`)
})

test('a database that is not there, or a password that is wrong, is told without the address', async () => {
  const missing = new URL(database.url)
  missing.pathname = '/not_there'
  const pool = openPool(missing.href, { max: 1 })
  expect(await readyz(pool)).toEqual([503, ['The database refuses: database "not_there" does not exist. Is DATABASE_URL right?']])
  await pool.end()
  const nowhere = openPool('postgresql://u:hunter2@127.0.0.1:1/x', { max: 1 })
  expect(await readyz(nowhere)).toEqual([503, ['The database cannot be reached (ECONNREFUSED).']])
  await nowhere.end()
})

test('what nobody foresaw is not taken for the database', async () => {
  const app = emptyServer()
  addProbes(app, database.pool, async () => {
    throw new Error('/etc/secret is odd')
  })
  const answer = await app.inject({ url: '/readyz' })
  expect([answer.statusCode, answer.json()]).toEqual([
    503,
    { status: 'unready', problems: ['It cannot be told whether this process can work: the log says why.'] },
  ])
  await app.close()
})
