import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artefactsOf } from '../../src/digests/files/artefacts.ts'
import { tableNames, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import type { Letter } from '../../src/digests/delivery/letter.ts'
import { openTransport } from '../../src/digests/delivery/send.ts'
import { acme, acmeWith, entity } from './fixture.ts'

let outbox: string
beforeAll(async () => {
  outbox = await mkdtemp(join(tmpdir(), 'outbox-'))
})
afterAll(() => rm(outbox, { recursive: true }))

/** Writes the mail of an account and digest of this name and returns its source, as it would go over the wire. */
async function source(name: string, recipient = 'ana@example.com', more: Partial<Letter> = {}): Promise<string> {
  // A row of each table: what is drawn a thousand times must be small.
  const tables = Object.fromEntries(tableNames.map((table) => [table, [entity(1, name, [9, 8], [9, 8], [60, 9, 50, 8])]]))
  const snapshot = acmeWith({ account: { id: 7, name }, digest: { id: 3, name }, tables: tables as Snapshot['tables'] })
  const artefacts = await artefactsOf(snapshot, ['csv'])
  const letter = {
    file: 'mail',
    messageId: '<1@desk.example>',
    recipient,
    onBehalfOf: name,
    replyTo: 'owner@example.com',
    unsubscribeUrl: 'https://desk.example/unsubscribe/abc',
    mail: mailOf(snapshot, artefacts, { deliveryId: name, recipient: { addedBy: name, addedOn: '2026-05-01' } }),
    artefacts,
    date: 1_778_486_400,
    ...more,
  }
  const transport = openTransport({ smtpUrl: undefined, from: 'Tidemark <reports@desk.example>', outbox }, 1)
  expect(await transport.send(letter)).toMatchObject({ kind: 'written' })
  return readFile(join(outbox, 'mail.eml'), 'utf8')
}

const headOf = (raw: string) => raw.slice(0, raw.search(/\r?\n\r?\n/)).replaceAll('\r', '')

/** Which of the header fields that matter there are. */
const fieldNames = (raw: string) =>
  new Set(
    raw
      .split(/\r?\n/)
      .map((line) => /^([A-Za-z-]+):/.exec(line)?.[1]?.toLowerCase() ?? '')
      .filter((name) =>
        [
          'bcc',
          'to',
          'cc',
          'from',
          'subject',
          'x-evil',
          'reply-to',
          'sender',
          'date',
          'message-id',
          'auto-submitted',
          'list-unsubscribe',
          'list-unsubscribe-post',
        ].includes(name),
      ),
  )

test('no name of an account or digest grows into another header, recipient or body', async () => {
  const expected = fieldNames(headOf(await source(acme.account.name)))
  const evil = fc.oneof(
    fc.constantFrom(
      '\r\nBcc: v@example.com',
      '\nX-Evil: 1',
      '\r\n\r\nbody',
      '\0',
      '\u2028To: v@example.com',
      '\u0085Cc: v@example.com',
      '=?utf-8?Q?=0D=0ABcc:_v@example.com?=',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(evil, { minLength: 1, maxLength: 4 }), async (pieces) => {
      const head = headOf(await source(`Acme${pieces.join('')}`))
      expect(fieldNames(head)).toEqual(expected)
      expect(head.match(/^subject:/gim)).toHaveLength(1)
      expect(head).toMatch(/^To: ana@example\.com$/m)
      expect(head).toMatch(/<reports@desk\.example>$/m)
    }),
    { numRuns: 1000 },
  )
})

test('it comes from the account by way of the service, is answered by its owner, and ends with one click', async () => {
  const parsed = await PostalMime.parse(await source('Acme, "Inc" <ceo@acme.example>'))
  expect(parsed.from).toEqual({ name: 'Acme, "Inc" <ceo@acme.example> via Tidemark', address: 'reports@desk.example' })
  expect(parsed.replyTo).toEqual([{ name: '', address: 'owner@example.com' }])
  const header = (key: string) => parsed.headers.filter((found) => found.key === key).map(({ value }) => value)
  expect(header('list-unsubscribe')).toEqual(['<https://desk.example/unsubscribe/abc>'])
  expect(header('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click'])
})

test('an address to unsubscribe at is not folded, and is nothing but an address', async () => {
  const long = `https://desk.example/unsubscribe/${'aB1_'.repeat(100)}`
  expect(headOf(await source('Acme', undefined, { unsubscribeUrl: long }))).toContain(`List-Unsubscribe: <${long}>\n`)
  for (const unsubscribeUrl of [
    'https://desk.example/a>\r\nBcc: v@example.com',
    'javascript:alert(1)',
    'https://desk.example/<b>',
  ]) {
    await expect(source('Acme', undefined, { unsubscribeUrl })).rejects.toMatchObject({ status: 422 })
  }
})

test('a recipient that is no plain address gets no mail', async () => {
  for (const recipient of ['a@example.com\r\nRCPT TO:<v@example.com>', 'a@example.com, v@example.com', 'Ana <a@example.com>']) {
    await expect(source('Acme', recipient)).rejects.toMatchObject({ status: 422 })
  }
})

test('nothing is read from a path or fetched from an address that a name holds', async () => {
  expect(await source('/etc/passwd')).not.toContain('root:')
  expect(await source('http://127.0.0.1:1/x')).toContain('HTTP://127.0.0.1:1/X - WEEKLY')
})
