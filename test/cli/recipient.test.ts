import { afterAll, beforeAll, expect, test } from 'vitest'
import { suppress } from '../../src/digests/audience/suppressions.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { reachable } from '../digests/consent.ts'
import { berlinDigest, DUE, openBerlin } from '../digests/desk.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'

let database: TestDatabase
let desk: Desk
let digest: Digest
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 0)
  await reachable(database.pool, desk.agents[0]!, 'ben@example.com')
  digest = await berlinDigest(database.pool, desk, { recipients: ['ana@example.com', { userId: desk.agents[0]! }] })
})
afterAll(() => database.drop())

/** Runs `tidemark recipient …` on the desk. */
async function recipient(verb: string, ...options: string[]) {
  const given = ['recipient', verb, '--account', String(desk.accountId), ...options]
  const env = { DATABASE_URL: database.url, TIDEMARK_CLOCK: '2026-03-09T08:00:00Z', LOG_LEVEL: 'silent' }
  const { code, stdout, stderr } = await tidemark(given, env)
  return { code, out: stdout, err: stderr }
}

test('the policy is shown and changed in parts', async () => {
  expect((await recipient('policy')).out).toBe('People from outside: allowed.\nDomains: any.\nRecipients: 2 of at most 1000.\n')
  const { out } = await recipient('policy', '--external', 'no', '--domains', 'example.com', '*.example.org', '--reason', 'audit')
  expect(out).toBe(`People from outside: refused.
Domains: *.example.org, example.com.
Recipients: 2 of at most 1000.
1 of them are refused, so nothing is sent to them:
  ana@example.com: only users of the account may be sent digests
`)
  expect((await recipient('policy', '--external', 'yes', '--domains', 'any', '--reason', 'over', '--json')).out).toContain(
    '"refused_count": 0',
  )
  expect(await recipient('policy', '--external', 'maybe', '--reason', 'x')).toMatchObject({
    code: 2,
    err: expect.stringContaining('external') as string,
  })
  expect(await recipient('policy', '--external', 'no')).toMatchObject({ code: 2, err: '--reason: is missing.\n' })
})

test('a person is suppressed, listed, and let in again with a warning when it was his own wish', async () => {
  const id = String(digest.id)
  expect((await recipient('suppress', '--user', String(desk.agents[0]), '--digest', id)).out).toContain(`digest ${id} (Managers)`)
  const person = { addresses: ['ana@example.com'], userIds: [] }
  await suppress(database.pool, desk.accountId, digest.id, person, { by: null, at: DUE })
  const { out } = await recipient('suppressions')
  expect(out.split('\n').slice(1).map((line) => line.split(/ {2,}/))).toEqual([
    ['ana@example.com', `digest ${id} (Managers)`, 'unsubscribed himself', '2026-03-09'],
    ['ben@example.com', `digest ${id} (Managers)`, 'entered by somebody', '2026-03-09'],
    [''],
  ]) // prettier-ignore
  const lifted = await recipient('unsuppress', '--email', 'ana@example.com', '--digest', id)
  expect(lifted).toMatchObject({ code: 0, err: expect.stringContaining('it was his own wish') as string })
  expect(await recipient('unsuppress', '--email', 'ana@example.com')).toMatchObject({ code: 2 })
})

test('a person is found, and taken off everywhere', async () => {
  const found = await recipient('find', '--email', 'ANA@example.com')
  expect(found.out).toContain('ana@example.com\n')
  expect(found.out).toMatch(new RegExp(`digest +${digest.id} +Managers +somebody, 2026-03-05`))
  const removed = await recipient('remove', '--email', 'ana@example.com')
  expect(removed.out).toContain(`Taken off 1 digests (${digest.id}) and 0 groups: ana@example.com.`)
  // Ben is on the list still, and suppressed.
  expect(removed.out).toContain(`Nobody is left of digest ${digest.id}: paused`)
  expect((await recipient('find', '--email', 'ana@example.com')).out).toContain('On no list.')
  expect(await recipient('find')).toMatchObject({ code: 2, err: expect.stringContaining('Give an e-mail address') as string })
  expect(await recipient('find', '--email', 'x')).toMatchObject({ code: 2 })
})
