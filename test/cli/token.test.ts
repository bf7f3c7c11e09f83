import { afterAll, beforeAll, expect, test } from 'vitest'
import { findOwnToken } from '../../src/access/own-token.ts'
import { parseCsv } from '../support/csv.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { openOffice } from '../http/office.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openOffice()
})
afterAll(() => database.drop())

const command = (...args: string[]) =>
  tidemark(args, { DATABASE_URL: database.url, LOG_LEVEL: 'silent', TIDEMARK_CLOCK: '2026-06-15T12:00:00Z' })

test('a token is made, shown once, listed, and revoked', async () => {
  const made = await command(
    'token',
    'create',
    '--account',
    '1',
    '--name',
    'Board',
    '--role',
    'agent',
    '--user',
    '3',
    '--expires',
    '2027-01-01',
  )
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('cannot be shown again') as string })
  expect(made.stdout).toMatch(/^tmk_[\w-]{43}\n$/)
  const token = made.stdout.trim()
  expect(await findOwnToken(database.pool, token)).toMatchObject({ accountId: 1, role: 'agent', userId: 3 })
  const list = (await command('token', 'list', '--account', '1')).stdout
  // The first of January begins in the account's own zone.
  expect(list).toMatch(/1 {2,}tmk_[\w-]{6}… +Board +agent +3 Cleo, "C" +2026-06-15T12:00:00Z .* valid until 2027-01-01T05:00:00Z/)
  expect(list).not.toContain(token)
  expect((await command('token', 'revoke', '--account', '1', '--token', '1')).stdout).toBe('Token 1 (Board) is revoked.\n')
  expect(await findOwnToken(database.pool, token)).toBeUndefined()
})

test('an operator’s token is made here alone, and is of no account', async () => {
  const { stdout } = await command('token', 'create', '--operator', '--name', 'ops', '--role', 'viewer', '--json')
  const made = JSON.parse(stdout) as { token: string; id: number }
  expect(await findOwnToken(database.pool, made.token)).toMatchObject({ accountId: null, role: 'viewer' })
  const listed = await command('token', 'list', '--operator', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject({ total_count: 1, tokens: [{ id: made.id, name: 'ops' }] })
  // By no account's name.
  expect(await command('token', 'revoke', '--account', '1', '--token', String(made.id))).toMatchObject({ code: 2, stderr: `There is no token ${made.id} here.\n` }) // prettier-ignore
})

test.each([
  [['create', '--name', 'x', '--role', 'viewer'], 'One of the two'],
  [['create', '--operator', '--name', 'x', '--role', 'report_manager'], 'administrator (may change how it works) or viewer'],
  [['create', '--account', '77', '--name', 'x', '--role', 'viewer'], 'There is no account 77'],
])('token %j is refused', async (args, message) => {
  expect(await command('token', ...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string })
})

test('the audit log is listed and exported', async () => {
  const { stdout } = await command('audit', 'list', '--subject', 'token', '--actor', 'command')
  expect(stdout.split('\n')[0]).toMatch(/^id +at +account +who +did +to +why$/)
  expect(stdout).toMatch(/2026-06-15T12:00:00Z +1 +command +token\.revoke +token 1/)
  const { acts } = JSON.parse((await command('audit', 'list', '--account', '1', '--limit', '1', '--json')).stdout) as {
    acts: object[]
  }
  expect(acts).toMatchObject([{ action: 'token.revoke', actor: { kind: 'command', id: null, name: null } }])
  const rows = parseCsv((await command('audit', 'export', '--account', '1', '--no-bom')).stdout)
  expect(rows.map((row) => row[6])).toEqual(['action', 'token.revoke', 'token.create'])
})
