import { expect, test } from 'vitest'
import { openPool } from '../../src/db.ts'
import { createDatabase, templateDatabase } from './database.ts'

test('a template is filled once, however many ask for it at the same time', async () => {
  let fills = 0
  const fill = async (url: string) => {
    fills += 1
    const pool = openPool(url)
    await pool.query('create table filled as select 42 as answer')
    await pool.end()
  }
  const names = await Promise.all([1, 2, 3].map(() => templateDatabase('support_probe', fill)))
  expect(fills).toBe(1)
  const [first, second] = await Promise.all(names.slice(1).map((template) => createDatabase({ template })))
  await first?.pool.query('delete from filled')
  expect((await second?.pool.query('select answer from filled'))?.rows).toEqual([{ answer: 42 }])
  await Promise.all([first?.drop(), second?.drop()])
})

test('a failed fill is tried again by the next file', async () => {
  await expect(templateDatabase('support_broken', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(templateDatabase('support_broken', async () => {})).resolves.toBe('template_support_broken')
})

test('dropping a database reports a client that was never released', async () => {
  const database = await createDatabase()
  const client = await database.pool.connect()
  client.on('error', () => {})
  await expect(database.drop()).rejects.toThrow('1 database client(s) were not released')
})
