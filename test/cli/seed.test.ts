// `tidemark seed demo`: what it takes, what it says that it would do, and where it does nothing.
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerSeed } from '../../src/cli/seed.ts'
import { one, run } from '../../src/db.ts'
import { demoDesk } from '../../src/demo/desk.ts'
import { loadDemo } from '../../src/demo/load.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase } from '../support/desk.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createDeskDatabase()
})
afterAll(() => db.drop())

const accounts = () => one(db.pool, 'select count(*)::int as n from accounts')
const addAccount = (name: string) =>
  run(db.pool, 'insert into accounts (name, created_at, updated_at) values ($1, now(), now())', [name])

test('a size or a number that is none is a mistake of whoever types it', async () => {
  const parsed = (...args: string[]) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
    registerSeed(program)
    return program.parseAsync(['seed', 'demo', ...args, '--yes'], { from: 'user' })
  }
  await expect(parsed('--size', 'huge')).rejects.toThrow('Allowed choices are small, large')
  for (const number of ['0', '4.2', 'x', '1e99'])
    await expect(parsed('--seed', number)).rejects.toThrow('Give a whole number from 1 on.')
})

test('the large desk is a million conversations, and what is interrupted leaves nothing', async () => {
  const stop = (progress: { of: number }) => {
    expect(Math.round(progress.of / 100_000)).toBe(10)
    throw new Error('interrupted')
  }
  const loading = loadDemo(db.pool, { size: 'large', seed: 7 }, Date.UTC(2026, 5, 15) / 1000, stop)
  await expect(loading).rejects.toThrow('interrupted')
  expect(await accounts()).toEqual({ n: 0 })
})

test(
  'it says what it would add and that it deletes nothing; it adds nothing to desks of another size or to real data',
  { timeout: 240_000 },
  async () => {
    const said = async (...args: string[]) => {
      const { code, stderr } = await tidemark(['seed', 'demo', ...args], { DATABASE_URL: db.url })
      return { code, stderr }
    }
    const told = expect.stringMatching(/a million conversations.*It deletes nothing.*--yes/s) as string
    expect(await said('--size', 'large', '--seed', '7')).toEqual({ code: 2, stderr: told })
    for (const { name } of demoDesk('small')) await addAccount(name)
    const other = expect.stringContaining('another size') as string
    expect(await said('--size', 'large', '--yes')).toEqual({ code: 4, stderr: other })
    await addAccount('Acme')
    expect(await said('--yes')).toEqual({ code: 4, stderr: expect.stringContaining('real data') as string })
    expect(await accounts()).toEqual({ n: 3 })
  },
)
