import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { many, one, run, sql } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { queueNotice } from '../../src/digests/delivery/notice.ts'
import type { MailRoute } from '../../src/digests/delivery/send.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { intercept } from '../support/intercept.ts'
import { berlinDigest, DUE, openBerlin } from './desk.ts'
import { startSmtp, type Script, type SmtpRecorder } from './smtp.ts'

const releaseDead = sql(import.meta.url, '../../src/digests/delivery/release-dead.sql')

let database: TestDatabase
let desk: Desk
let outbox: string
let smtp: SmtpRecorder
/** Where mail goes in a test; undefined: into the outbox. */
let url: string | undefined
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 40)
  smtp = await startSmtp()
})
beforeEach(async () => {
  outbox = await mkdtemp(join(tmpdir(), 'outbox-'))
  url = undefined
})
afterEach(async () => {
  await rm(outbox, { recursive: true })
  await run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId])
  await run(database.pool, 'delete from tidemark.suppressions where account_id = $1', [desk.accountId])
})
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

const route = (smtpUrl = url): MailRoute => ({ smtpUrl, from: 'Tidemark <reports@desk.example>', outbox })
const deliver = (now: number, smtpUrl = url) => deliverQueued(database.pool, now, { route: route(smtpUrl) })
const none = { sent: 0, written: 0, refused: 0, uncertain: 0, suppressed: 0, skipped: 0, postponed: 0 }
const people = (n: number) => Array.from({ length: n }, (_, i) => `person${i}@example.com`)

/** A digest whose week is composed: its deliveries are queued. */
async function queued(recipients: string[], script?: Script, formats: Digest['formats'] = ['csv']): Promise<Digest> {
  if (script) {
    smtp.reset(script)
    url = smtp.url
  }
  const digest = await berlinDigest(database.pool, desk, { recipients, formats })
  await planDueDigests(database.pool, DUE)
  expect(await composeDueDigests(database.pool, DUE)).toMatchObject({ composed: 1 })
  return digest
}

interface Row {
  recipient: string
  kind: string
  state: string
  attempts: number
  doubts: number
  message_id: string
  error: string | null
  next: number | null
}
const rows = ({ id }: Digest) =>
  many<Row & Record<string, unknown>>(
    database.pool,
    `select recipient, kind, state, attempts, doubts, message_id, error, response, size, extract(epoch from next_attempt_at)::float8 as next
     from tidemark.deliveries where account_id = $1 and digest_id = $2 order by recipient, kind`,
    [desk.accountId, id],
  )
const stateOf = async (digest: Digest, recipient: string) =>
  (await rows(digest)).find((row) => row.recipient === recipient) as Row
const slotState = async ({ id }: Digest) =>
  (
    await one<{ state: string }>(
      database.pool,
      'select state from tidemark.digest_slots where account_id = $1 and digest_id = $2',
      [desk.accountId, id],
    )
  ).state

test('each recipient gets one whole mail of his own', async () => {
  const digest = await queued(people(12), () => 'accept', ['inline', 'csv', 'xlsx'])
  expect(await deliver(DUE)).toEqual({ ...none, sent: 12 })
  expect(smtp.taken.map((mail) => mail.to).sort()).toEqual(people(12).sort())
  expect(await slotState(digest)).toBe('done')
  const first = smtp.taken[0]
  const mail = await PostalMime.parse(first?.raw ?? '')
  expect(mail.to).toEqual([{ name: '', address: first?.to }])
  expect(mail.from).toEqual({ name: 'desk via Tidemark', address: 'reports@desk.example' })
  expect(mail.subject).toMatch(/^desk: week of 2 Mar – \d+ conversations/)
  expect(mail.html).toContain('Weekly support report')
  expect(mail.text).toContain('KEY FIGURES')
  expect(
    mail.attachments.map(({ filename, mimeType, disposition, related }) => [filename, mimeType, disposition, related]),
  ).toEqual([
    ['trend.png', 'image/png', 'inline', true],
    ['trend-dark.png', 'image/png', 'inline', true],
    ['hours.png', 'image/png', 'inline', true],
    ['hours-dark.png', 'image/png', 'inline', true],
    ['desk-weekly-2026-03-02.csv', 'text/csv', 'attachment', undefined],
    ['desk-weekly-2026-03-02-daily.csv', 'text/csv', 'attachment', undefined],
    ['desk-weekly-2026-03-02.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'attachment', undefined],
  ])
  const cids = [...(mail.html ?? '').matchAll(/cid:([^"]+)/g)].map(([, cid]) => `<${cid}>`)
  expect(mail.attachments.flatMap(({ contentId }) => contentId ?? [])).toEqual(cids)
  expect(mail.headers.find((header) => header.key === 'auto-submitted')?.value).toBe('auto-generated')
  expect(first?.raw).not.toMatch(/person(?!0@)\d+@.*person/s)
  const row = await stateOf(digest, first?.to ?? '')
  expect(mail.messageId).toBe(row.message_id)
  expect(row.message_id).toMatch(/^<[\da-f-]{36}@/)
})

test('running again sends nothing', async () => {
  await queued(people(3), () => 'accept')
  await deliver(DUE)
  expect(await planDueDigests(database.pool, DUE + 60)).toMatchObject({ planned: 0 })
  expect(await composeDueDigests(database.pool, DUE + 60)).toMatchObject({ composed: 0, waiting: 0, failed: 0 })
  expect(await deliver(DUE + 60)).toEqual({ ...none })
  expect(smtp.taken).toHaveLength(3)
})

test('a run that is cut off after its last mail leaves a period that the next one ends', async () => {
  const digest = await queued(people(2))
  const cutOff = intercept(database.pool, {
    before: (text) => {
      if (text.includes(`set state = 'done'`)) throw new Error('Connection terminated unexpectedly')
    },
  })
  await expect(deliverQueued(cutOff, DUE, { route: route() })).rejects.toThrow('terminated')
  const state = () =>
    one(database.pool, 'select state from tidemark.digest_slots where account_id = $1 and digest_id = $2', [
      desk.accountId,
      digest.id,
    ])
  expect(await state()).toEqual({ state: 'composed' })
  expect(await deliver(DUE + 60)).toEqual(none)
  expect(await state()).toEqual({ state: 'done' })
})

test('workers at once send each mail once', async () => {
  const digest = await queued(people(40), () => 'accept')
  const counts = await Promise.all([1, 2, 3].map(() => deliver(DUE)))
  expect(counts.reduce((sum, count) => sum + count.sent, 0)).toBe(40)
  expect(new Set(smtp.taken.map((mail) => mail.to)).size).toBe(40)
  expect(smtp.taken).toHaveLength(40)
  expect(await slotState(digest)).toBe('done')
})

test('one bad address never stops the others; 5xx is not retried, 4xx at most five times with growing pauses', async () => {
  const script: Script = (to, time) => {
    if (to.startsWith('person3@')) return 'refuse'
    if (to.startsWith('person5@')) return time <= 3 ? 'later' : 'accept'
    if (to.startsWith('person7@')) return 'later'
    if (to.startsWith('person8@')) return 'refuse the message'
    return to.startsWith('person9@') && time === 1 ? 'message later' : 'accept'
  }
  const digest = await queued(people(50), script)
  expect(await deliver(DUE)).toEqual({ ...none, sent: 45, refused: 2, postponed: 3 })
  expect(await slotState(digest)).toBe('composed')
  let now = DUE
  for (let i = 0; i < 8; i++) await deliver((now += 3700))
  const said = await rows(digest)
  const by = (i: number) => said.find((row) => row.recipient === `person${i}@example.com`)
  expect([by(3), by(5), by(7), by(8), by(9)].map((row) => [row?.state, row?.attempts])).toEqual([
    ['refused', 1],
    ['sent', 4],
    ['refused', 5],
    ['refused', 1],
    ['sent', 2],
  ])
  expect(by(3)?.error).toContain('550')
  // The ledger knows the address; the reason must not repeat it, it is shown and logged elsewhere.
  expect(by(3)?.error).not.toContain('@')
  expect(smtp.taken).toHaveLength(47)
  expect(smtp.addressed.filter((to) => to.startsWith('person3@'))).toHaveLength(1)
  expect(smtp.addressed.filter((to) => to.startsWith('person7@'))).toHaveLength(5)
  expect(await slotState(digest)).toBe('done')
})

test('a connection lost after the message: in doubt, once more with the same Message-ID, then left', async () => {
  const digest = await queued(people(2), (to) => (to.startsWith('person1@') ? 'hang up after the message' : 'accept'))
  expect(await deliver(DUE)).toMatchObject({ sent: 1, uncertain: 1 })
  expect(await stateOf(digest, 'person1@example.com')).toMatchObject({
    state: 'uncertain',
    doubts: 1,
    next: expect.any(Number) as number,
  })
  expect(await slotState(digest)).toBe('composed')
  expect(await deliver(DUE + 120)).toMatchObject({ sent: 0, uncertain: 1 })
  for (let i = 1; i <= 5; i++) expect(await deliver(DUE + i * 90_000)).toMatchObject({ sent: 0, uncertain: 0 })
  const copies = smtp.taken.filter((mail) => mail.to.startsWith('person1@'))
  expect(copies).toHaveLength(2)
  expect(new Set(copies.map((mail) => mail.messageId)).size).toBe(1)
  expect(await stateOf(digest, 'person1@example.com')).toMatchObject({ state: 'uncertain', doubts: 2, next: null })
  expect(await slotState(digest)).toBe('done')
})

test('a second attempt that is taken settles the doubt', async () => {
  const digest = await queued(people(1), (_, time) => (time === 1 ? 'hang up after the message' : 'accept'))
  await deliver(DUE)
  expect(await deliver(DUE + 120)).toMatchObject({ sent: 1 })
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sent', doubts: 1, attempts: 2, error: null })
})

test('a connection lost before the message is no doubt and no attempt', async () => {
  const digest = await queued(people(1), (_, time) => (time <= 7 ? 'hang up before the message' : 'accept'))
  for (let i = 0; i < 7; i++) expect(await deliver(DUE + i * 200)).toMatchObject({ postponed: 1 })
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'queued', attempts: 0, doubts: 0 })
  expect(await deliver(DUE + 1600)).toMatchObject({ sent: 1 })
  expect(smtp.taken).toHaveLength(1)
})

const claims = (now: number, begun: number | null = null) =>
  run(
    database.pool,
    `update tidemark.deliveries set state = 'sending', attempts = attempts + 1, claimed_at = to_timestamp($2), next_attempt_at = null,
       begun_at = to_timestamp($3), finished_at = null
     where account_id = $1`,
    [desk.accountId, now, begun],
  )

// A worker takes a row, commits "sending" and dies before the server has asked for the message.
test('a row whose process died before the mail had begun is sent after its lease as if nothing had been', async () => {
  const digest = await queued(people(1), () => 'accept')
  await claims(DUE)
  expect(await deliver(DUE + 60)).toEqual(none)
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sending' })
  expect(await deliver(DUE + 3600)).toEqual({ ...none, sent: 1 })
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sent', doubts: 0, attempts: 2 })
})

test('what ends processes before they send does not do so for ever', async () => {
  const digest = await queued(people(1), () => 'accept')
  for (let i = 1; i <= 5; i++) {
    await claims(DUE + i * 4000)
    await run(database.pool, releaseDead, [desk.accountId, DUE + i * 4000 + 1, DUE + i * 4000 + 1, 5])
  }
  expect(await deliver(DUE + 90_000)).toEqual(none)
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'refused', attempts: 5, doubts: 0 })
})

// It dies after the server has asked for the message: before it was taken, or after, and the row cannot say which.
test('a row whose process died after that is in doubt after its lease, tried once more, and never a third time', async () => {
  const digest = await queued(people(1), () => 'hang up before the message')
  await claims(DUE, DUE)
  expect(await deliver(DUE + 3600)).toEqual({ ...none, uncertain: 1 })
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'uncertain', doubts: 1 })
  await claims(DUE + 4000)
  smtp.script = () => 'accept'
  expect(await deliver(DUE + 8000)).toEqual({ ...none, sent: 1 })
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sent', doubts: 1 })
  await claims(DUE + 9000, DUE + 9000)
  expect(await deliver(DUE + 13_000)).toEqual(none)
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'uncertain', doubts: 2, next: null })
  expect(smtp.taken).toHaveLength(1)
})

/** While the first worker is at it, its lease runs out and another one has sent the mail. */
const takenOver = () =>
  run(
    database.pool,
    `update tidemark.deliveries set state = 'sent', attempts = 2, doubts = 1, claimed_at = null, finished_at = now() where account_id = $1`,
    [desk.accountId],
  )

test('an attempt that has lost its lease does not overwrite what was decided meanwhile', async () => {
  const digest = await queued(people(1), () => 'accept')
  smtp.onTaken = async () => void (await takenOver())
  await deliver(DUE)
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sent', attempts: 2, doubts: 1 })
})

test('an attempt that has lost its lease before the server asks for the mail sends nothing', async () => {
  const digest = await queued(people(1))
  url = smtp.url
  smtp.reset()
  smtp.onAddressed = async () => void (await takenOver())
  await deliver(DUE)
  expect(smtp.addressed).toHaveLength(1)
  expect(smtp.taken).toHaveLength(0)
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({ state: 'sent', attempts: 2, doubts: 1 })
})

test('a mail says what the server answered to it and how large it was', async () => {
  const digest = await queued(people(1), () => 'accept')
  await deliver(DUE)
  const row = await stateOf(digest, 'person0@example.com')
  expect(row).toMatchObject({ response: '250 Ok: queued as <[address]>', size: smtp.taken[0]?.raw.length, error: null })
})

test('who has unsubscribed since the mail was queued is sent none; a notice to him, only when he wants no mail at all', async () => {
  const digest = await queued(people(4), (to) => (to.startsWith('person3@') ? 'hang up after the message' : 'accept'))
  const unsubscribe = (address: string, digestId: number) =>
    run(
      database.pool,
      `insert into tidemark.suppressions (account_id, digest_id, address, reason, at) values ($1, $2, $3, 'unsubscribed', now())`,
      [desk.accountId, digestId, address],
    )
  await unsubscribe('person0@example.com', digest.id)
  await unsubscribe('person1@example.com', 0)
  await unsubscribe('person2@example.com', digest.id + 1)
  expect(await deliver(DUE)).toEqual({ ...none, sent: 1, suppressed: 2, uncertain: 1 })
  await unsubscribe('person3@example.com', digest.id)
  const notice = { language: 'en' as const, subject: 'About', body: ['text'] }
  const told = people(2).map((address) => ({ address, userId: null }))
  await queueNotice(database.pool, { accountId: desk.accountId, digestId: digest.id, key: 'a' }, notice, told, DUE)
  await deliver(DUE + 600)
  const unsubscribed = expect.stringContaining('unsubscribed') as string
  expect((await rows(digest)).map((row) => [row.recipient, row.kind, row.state, row.error])).toEqual([
    ['person0@example.com', 'digest', 'suppressed', unsubscribed],
    ['person0@example.com', 'notice', 'sent', null],
    ['person1@example.com', 'digest', 'suppressed', unsubscribed],
    ['person1@example.com', 'notice', 'suppressed', unsubscribed],
    ['person2@example.com', 'digest', 'sent', null],
    // It may have arrived before he unsubscribed: that stays what is known.
    ['person3@example.com', 'digest', 'uncertain', unsubscribed],
  ])
  expect(await slotState(digest)).toBe('done')
  expect(smtp.taken.filter((mail) => mail.to.startsWith('person3@'))).toHaveLength(1)
})

test('without a mail server mail is written into the outbox, whole, and says written, not sent', async () => {
  const digest = await queued(people(3), undefined, ['inline'])
  expect(await deliver(DUE)).toEqual({ ...none, written: 3 })
  const files = await readdir(outbox)
  expect(files).toHaveLength(3)
  expect(files.every((name) => /^desk-weekly-2026-03-02-account-\d-[\da-f-]{36}\.eml$/.test(name))).toBe(true)
  const mail = await PostalMime.parse(await readFile(join(outbox, files[0] as string)))
  expect(mail.attachments).toHaveLength(4)
  expect((await rows(digest)).every((row) => row.state === 'written')).toBe(true)
  expect(await deliver(DUE + 60)).toMatchObject({ written: 0 })
})

test('a snapshot that was edited in the database is not sent', async () => {
  const digest = await queued(people(1), () => 'accept')
  await run(
    database.pool,
    `update tidemark.snapshots set figures = jsonb_set(figures, '{account,name}', '"Acme"') where account_id = $1`,
    [desk.accountId],
  )
  let now = DUE
  for (let i = 0; i < 8; i++) await deliver((now += 3700))
  expect(await stateOf(digest, 'person0@example.com')).toMatchObject({
    state: 'refused',
    attempts: 5,
    error: expect.stringContaining('SHA-256') as string,
  })
  expect(smtp.taken).toHaveLength(0)
})

test('it logs in where the server asks for it; a wrong password ends the run without costing anybody an attempt', async () => {
  const digest = await queued(people(6), () => 'accept')
  const withPassword = (password: string) => smtp.url.replace('//', `//desk:${password}@`)
  expect(await deliver(DUE, withPassword('wrong'))).toMatchObject({ sent: 0, refused: 0 })
  expect((await rows(digest)).every((row) => row.state === 'queued' && row.attempts === 0)).toBe(true)
  expect(await deliver(DUE + 300, withPassword('right'))).toMatchObject({ sent: 6 })
})

test('a stop ends the run before the next mail', async () => {
  await queued(people(30), () => 'accept')
  const stop = new AbortController()
  smtp.onTaken = () => stop.abort()
  const counts = await deliverQueued(database.pool, DUE, { route: route(), signal: stop.signal })
  expect(counts.sent).toBeGreaterThan(0)
  expect(counts.sent).toBeLessThanOrEqual(4)
  expect(await deliver(DUE + 60)).toMatchObject({ sent: 30 - counts.sent })
})
