// Mails that lie in the outbox as files: they go by their age, whatever has become of the rows that told of them, and none goes
// too early. Beside them what the installation keeps for no account.
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { SYSTEM } from '../../src/audit/actor.ts'
import { byCommand } from '../../src/audit/change.ts'
import { recordAct } from '../../src/audit/record.ts'
import { many, one, run, transaction, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { deleteDigest } from '../../src/digests/definition/digest.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { queueNotice } from '../../src/digests/delivery/notice.ts'
import { writeIntoOutbox } from '../../src/digests/delivery/outbox.ts'
import { sendTestMail } from '../../src/digests/delivery/test-mail.ts'
import { oldFiles, removeFiles } from '../../src/retention/old-files.ts'
import { purgeInstallation } from '../../src/retention/purge-installation.ts'
import { purge } from '../../src/retention/purge.ts'
import { berlinDigest, DUE, openBerlin } from '../digests/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { DAY, keep } from './desk.ts'

let database: TestDatabase
let pool: Pool
let desk: Desk
let outbox: string
beforeAll(async () => {
  database = await createDeskDatabase()
  pool = database.pool
  desk = await openBerlin(pool, 5)
})
beforeEach(async () => {
  outbox = await mkdtemp(join(tmpdir(), 'tidemark-outbox-'))
})
afterEach(() => rm(outbox, { recursive: true, force: true }))
afterAll(() => database?.drop())

const files = async () => (await readdir(outbox)).sort()
/** Dates a file as if it had been written so many days after DUE. */
const age = async (name: string, days = 0) => utimes(join(outbox, name), DUE + days * DAY, DUE + days * DAY)
const purgeAfter = (days: number, accountId = desk.accountId) =>
  purge(pool, accountId, { reason: 'test', now: DUE + days * DAY, outbox })

/** A digest with its mail, a test mail of it and a notice about it, all in the outbox and of DUE's day. */
async function written() {
  const digest = await berlinDigest(pool, desk)
  const route = { smtpUrl: undefined, from: 'Tidemark <reports@desk.example>', outbox }
  await planDueDigests(pool, DUE)
  await composeDueDigests(pool, DUE)
  await queueNotice(
    pool,
    { accountId: desk.accountId, digestId: digest.id, key: `told ${digest.id}` },
    { language: 'en', subject: 'It waits', body: ['For ana@example.com'] },
    [{ address: 'ana@example.com', userId: null }],
    DUE,
  )
  await sendTestMail(pool, digest, { to: 'ana@example.com', requestedBy: null }, DUE, route)
  expect(await deliverQueued(pool, DUE, { route })).toMatchObject({ written: 2 })
  const names = await files()
  expect(names.map((name) => name.split('-')[0])).toEqual(['desk', 'notice', 'test'])
  for (const name of names) await age(name)
  return digest
}

test('logs that are kept for a shorter time take no file with them out of reach', async () => {
  const { id } = await written()
  await keep(pool, desk.accountId, { logs: 30, files: 90 })
  expect(await purgeAfter(40)).toMatchObject({ test_mails: 1, deliveries: 1 })
  expect(await files()).toHaveLength(3)
  expect(await purgeAfter(89)).not.toHaveProperty('files')
  expect(await files()).toHaveLength(3)
  expect(await purgeAfter(91)).toMatchObject({ files: 3 })
  expect(await files()).toEqual([])
  await deleteDigest(pool, desk.accountId, id, byCommand(DUE))
})

test('the files of a digest that was deleted go like any others', async () => {
  const { id } = await written()
  await deleteDigest(pool, desk.accountId, id, byCommand(DUE))
  await keep(pool, desk.accountId, { files: 7 })
  await purgeAfter(6)
  expect(await files()).toHaveLength(3)
  expect(await purgeAfter(8)).toEqual({ files: 3 })
  expect(await files()).toEqual([])
})

test('another account’s files stay, and whose a file is its end says alone', async () => {
  const other = desk.accountId + 1000
  await writeFile(join(outbox, `account-${desk.accountId}-weekly-2026-03-02-account-${other}-${randomUUID()}.eml`), 'mail')
  await writeFile(join(outbox, `x-account-${desk.accountId}0-${randomUUID()}.eml`), 'mail')
  await writeFile(join(outbox, 'notes.eml'), 'of somebody')
  for (const name of await files()) await age(name)
  await keep(pool, desk.accountId, { files: 1 })
  expect(await purgeAfter(1000)).toEqual({})
  expect(await files()).toHaveLength(3)
})

test('what a process left half written or half taken away goes as well', async () => {
  const path = `desk-account-${desk.accountId}-${randomUUID()}.eml`
  const left = [`${path}.${randomUUID()}.part`, `${path}.old`, `${path}.${randomUUID()}.part.old`]
  for (const name of left) {
    await writeFile(join(outbox, name), 'mail')
    await age(name)
  }
  await keep(pool, desk.accountId, { files: 7 })
  await purgeAfter(6)
  expect(await files()).toHaveLength(3)
  expect(await purgeAfter(9)).toEqual({ files: 3 })
})

test('a mail that is written anew while its old file is about to go stays, whole', async () => {
  const file = `desk-account-${desk.accountId}-${randomUUID()}`
  await writeIntoOutbox(Buffer.from('first'), outbox, file)
  await age(`${file}.eml`)
  const until = DUE + DAY
  const old = await oldFiles(pool, desk.accountId, until, outbox)
  expect(old).toHaveLength(1)
  // Another process tries the delivery again just now.
  await writeIntoOutbox(Buffer.from('second'), outbox, file)
  expect(await removeFiles(old, until)).toBe(0)
  expect(await files()).toEqual([`${file}.eml`])
  expect(await readFile(join(outbox, `${file}.eml`), 'utf8')).toBe('second')
})

test('a file that names no account goes by its row, or once it is older than every account keeps its own', async () => {
  await writeFile(join(outbox, `desk-weekly-2026-03-02-${randomUUID()}.eml`), 'mail')
  for (const name of await files()) await age(name)
  const installation = (days: number) => purgeInstallation(pool, { outbox, logDays: undefined, now: DUE + days * DAY })
  await run(pool, `insert into accounts (id, name, created_at, updated_at) values (4711, 'Four', now(), now())`)
  await keep(pool, desk.accountId, { files: 7 })
  expect(await installation(1000)).toBe(0)
  await keep(pool, 4711, { files: 30 })
  expect(await purgeAfter(20)).toEqual({})
  expect(await installation(30)).toBe(0)
  expect(await installation(33)).toBe(1)
  expect(await files()).toEqual([])
  await run(pool, 'delete from accounts where id = 4711')
})

test('acts of no account are kept for ever, or for the days that the installation settles', async () => {
  const act = (accountId: number | null, days: number) =>
    transaction(pool, (tx) => recordAct(tx, { actor: SYSTEM, accountId, at: DUE + days * DAY, action: 'queue.retry' }))
  for (const days of [0, 20, 40]) for (const accountId of [null, desk.accountId]) await act(accountId, days)
  const left = () =>
    many<{ account: number | null; days: number }>(
      pool,
      `select account_id as account, round((extract(epoch from at)::float8 - $1) / 86400)::int as days
       from tidemark.audit_log where action = 'queue.retry' order by id`,
      [DUE],
    )
  expect(await purgeInstallation(pool, { outbox, logDays: undefined, now: DUE + 1000 * DAY })).toBe(0)
  expect(await left()).toHaveLength(6)
  expect(await purgeInstallation(pool, { outbox, logDays: 30, now: DUE + 50 * DAY })).toBe(1)
  const own = (days: number) => ({ account: desk.accountId, days })
  expect(await left()).toEqual([own(0), { account: null, days: 20 }, own(20), { account: null, days: 40 }, own(40)])
  const recorded = await one(
    pool,
    `select actor_kind, reason, after from tidemark.audit_log where action = 'retention.purge' and account_id is null`,
  )
  expect(recorded).toEqual({
    actor_kind: 'system',
    reason: 'older than the installation keeps it',
    after: { logs_before: '2026-03-29T07:00:00Z', rows: { audit_log: 1 } },
  })
})
