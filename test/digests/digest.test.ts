import { byCommand } from '../../src/audit/change.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailAddress, messageIdOf } from '../../src/digests/audience/address.ts'
import type { DefinitionInput } from '../../src/digests/definition/definition.ts'
import { createDigest, digestsOf, findDigest, updateDigest } from '../../src/digests/definition/digest.ts'
import { Refusal } from '../../src/errors.ts'
import { setPolicy } from '../../src/digests/audience/policy.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDefinition, berlinDigest, CREATED, openBerlin, type Given } from './desk.ts'

let database: TestDatabase
let desk: Desk
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 0)
})
afterAll(() => database.drop())

const change = byCommand(CREATED)
const input: DefinitionInput = berlinDefinition({ zone: 'europe/berlin' })
const create = (given: Given) => berlinDigest(database.pool, desk, { zone: 'europe/berlin', ...given })
const weekly = (cadence: object) => ({ cadence: { every: 'week', weekdays: [1], time: '08:00', ...cadence } })

test('a digest is stored as it was given, with defaults, and found again', async () => {
  const made = await create({})
  expect(made).toMatchObject({
    firstWeekday: 1,
    formats: ['inline', 'xlsx'],
    businessHours: false,
    paused: false,
    plannedUntil: CREATED,
  })
  expect(await findDigest(database.pool, desk.accountId, made.id)).toEqual(made)
  expect((await digestsOf(database.pool, desk.accountId)).map((digest) => digest.id)).toContain(made.id)
})

test('another account’s digest is not there', async () => {
  const other = await openBerlin(database.pool, 0)
  const made = await berlinDigest(database.pool, other)
  await expect(findDigest(database.pool, desk.accountId, made.id)).rejects.toMatchObject({ status: 404 })
  await expect(updateDigest(database.pool, desk.accountId, made.id, input, change)).rejects.toMatchObject({ status: 404 })
  await expect(createDigest(database.pool, 999_999, input, change)).rejects.toMatchObject({ status: 404 })
})

test.each<[string, Record<string, unknown>]>([
  ['a name of two lines', { name: 'Managers\r\nBcc: x@example.com' }],
  ['a name with a NUL', { name: 'Mana\0gers' }],
  ['an empty name', { name: '  ' }],
  ['a name that is too long', { name: 'x'.repeat(121) }],
  ['a zone that is none', { zone: 'Mars/Olympus' }],
  ['a time that is none', weekly({ time: '24:00' })],
  ['a weekday that is none', weekly({ weekdays: [7] })],
  ['no recipient', { recipients: [] }],
  ['too many recipients', { recipients: Array.from({ length: 1001 }, (_, i) => `p${i}@example.com`) }],
  ['no format', { formats: [] }],
  ['an unknown format', { formats: ['pdf'] }],
  ['an unknown field', { cron: '* * * * *' }],
])('%s is refused', async (_, given) => {
  await expect(create(given as Given)).rejects.toMatchObject({ status: 422, exitCode: 2 })
})

test('1,000 recipients are the most, and the same address counts once', async () => {
  const policy = { external: true, domains: [], mostRecipients: 2000 }
  await setPolicy(database.pool, desk.accountId, policy, { ...byCommand(CREATED), reason: 'a test' })
  const most = await create({ recipients: Array.from({ length: 1000 }, (_, i) => `p${i}@example.com`) })
  expect(most.recipients).toHaveLength(1000)
  expect((await create({ recipients: ['Ana@example.com', 'ana@EXAMPLE.com', ' bo@bücher.example '] })).recipients).toEqual([
    { address: 'ana@example.com', lens: 'all' },
    { address: 'bo@xn--bcher-kva.example', lens: 'all' },
  ])
})

const addresses: [string, string[]][] = [
  [
    'another header',
    ['a@example.com\r\nBcc: v@example.com', 'a@example.com\nX: y', 'a@example.com\0', 'a\r@example.com', 'a@exam\u2028ple.com'],
  ],
  [
    'more than one address',
    ['a@example.com, b@example.com', 'a@example.com;b@example.com', 'a@b@example.com', 'list: a@example.com;'],
  ],
  [
    'a name or comment',
    ['Ana <a@example.com>', '<a@example.com>', 'a@example.com (Ana)', '"a b"@example.com', '"a"@example.com'],
  ],
  [
    'no address',
    [
      '',
      'ana',
      '@example.com',
      'ana@',
      'ana@-example.com',
      'ana@example..com',
      'ana@[127.0.0.1]',
      `${'x'.repeat(65)}@example.com`,
      `a@${'x'.repeat(260)}.com`,
    ],
  ],
]
test.each(addresses)('what is %s is no recipient', (_, texts) => {
  for (const text of texts) expect(() => mailAddress(text)).toThrow(Refusal)
})

test('whatever is given, an address that passes is one address on one line', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', '@', 'example.com', '\r\n', '\0', '<', '>', ',', ' ', '"', '(', 'Bcc:', '\u2028', '\t'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      let address: string
      try {
        address = mailAddress(pieces.join(''))
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
        return
      }
      expect(address).toMatch(/^[!-~]+@[a-z0-9.-]+$/)
      expect(address).not.toMatch(/[<>,;:"()[\]\\]/)
    }),
    { numRuns: 2000 },
  )
})

test('a Message-ID is made of the delivery and the sender’s host', () => {
  expect(messageIdOf('d-1', 'Tidemark <reports@desk.example>')).toBe('<d-1@desk.example>')
  expect(messageIdOf('d-1', 'nonsense')).toBe('<d-1@localhost>')
})
