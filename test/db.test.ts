// The promise: statements that connections keep planned answer as others do, and recover when a table has changed beneath them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, prepared, run, transaction, type Pool } from '../src/db.ts'
import { createDatabase, type TestDatabase } from './support/database.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createDatabase()
  pool = database.pool
  await run(pool, 'create table things (id integer, name text)')
  await run(pool, `insert into things values (1, 'one'), (2, 'two')`)
})
afterAll(() => database.drop())

const thing = prepared('select id, name from things where id = $1')

test('it is planned once a connection, and gives each time what its values ask for', async () => {
  await transaction(pool, async (tx) => {
    for (const id of [1, 2, 1, 2]) expect(await many(tx, thing, [id])).toEqual([{ id, name: id === 1 ? 'one' : 'two' }])
    const { n } = await one<{ n: number }>(tx, 'select count(*) as n from pg_prepared_statements where name = $1', [thing.name])
    expect(n).toBe(1)
  })
  await expect(one(pool, thing, [3])).rejects.toThrow('expected one row, got none: select id, name from things')
})

test('where a column has another type than when it was planned it fails once a connection, in a transaction and outside', async () => {
  await one(pool, thing, [1])
  await run(pool, 'alter table things alter column name type varchar(20)')
  await expect(one(pool, thing, [1])).rejects.toThrow('cached plan must not change result type')
  expect(await one(pool, thing, [1])).toEqual({ id: 1, name: 'one' })
  await run(pool, 'alter table things alter column name type text')
  const inTransaction = () => transaction(pool, (tx) => one(tx, thing, [1]))
  await expect(inTransaction()).rejects.toThrow('cached plan must not change result type')
  expect(await inTransaction()).toEqual({ id: 1, name: 'one' })
})
