import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { standingsOf } from '../../src/digests/definition/inventory.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { scaled } from '../support/seed.ts'
import { berlinDigest, DUE, openBerlin } from './desk.ts'
import { heartbeat, ledger, people, queuedDigest, reachable, routeTo, slotStates } from './post.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

const MINUTE = 60

let database: TestDatabase
let desk: Desk
let smtp: SmtpRecorder
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 20)
  await reachable(database.pool, desk.agents[0]!, 'owner@example.com')
  smtp = await startSmtp()
})
beforeEach(() => smtp.reset())
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

const deliver = (now: number, more: Parameters<typeof routeTo>[1] = {}) =>
  deliverQueued(database.pool, now, { route: routeTo(smtp, more) })
const mails = async (digest: Digest) => (await ledger(database.pool, digest)).filter(({ kind }) => kind === 'digest')
const health = async (digest: Digest, now: number) => (await standingsOf(database.pool, [digest], now))[0]?.health
const copiesTo = (address: string) => smtp.taken.filter(({ to }) => to === address)

// Nine of ten connections are dropped, one hangs until the client gives it up; all after the server has the whole message.
test('a server that takes a mail and never says so: two copies at most, by one Message-ID, and then nothing by itself', async () => {
  const LOST = scaled('TIDEMARK_LOST_ANSWERS', 100)
  const hangs = (to: string) => Number(/\d+/.exec(to)?.[0]) % 10 === 0
  smtp.script = (to) => (hangs(to) ? 'hang after the message' : 'hang up after the message')
  const digest = await queuedDigest(database.pool, desk, { recipients: people(LOST) })
  for (let now = DUE; now < DUE + 40 * MINUTE; now += 4 * MINUTE) await deliver(now, { silence: 0.5 })
  const rows = await mails(digest)
  expect(rows.every(({ state, doubts, next }) => state === 'uncertain' && doubts === 2 && next === null)).toBe(true)
  const before = smtp.taken.length
  for (let day = 1; day <= 5; day++) await deliver(DUE + day * 86_400, { silence: 0.5 })
  expect(smtp.taken.filter(({ to }) => to.startsWith('person'))).toHaveLength(before)
  for (const address of people(LOST)) {
    const copies = copiesTo(address)
    expect(copies).toHaveLength(2)
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1)
  }
  expect(await slotStates(database.pool, digest)).toEqual(['done'])
})

test('50 recipients, of whom one is refused, one put off three times, one is no address, one slow: 47 have it at first try, once', async () => {
  smtp.script = (to, time) => {
    if (to.startsWith('person3@')) return 'refuse'
    if (to.startsWith('person5@')) return time <= 3 ? 'later' : 'accept'
    return to.startsWith('person9@') ? 'slow' : 'accept'
  }
  const digest = await queuedDigest(database.pool, desk, { recipients: people(50) })
  await run(
    database.pool,
    `update tidemark.deliveries set recipient = 'person7@example.com,person8@example.com'
     where account_id = $1 and recipient = 'person7@example.com'`,
    [desk.accountId],
  )
  expect(await deliver(DUE)).toMatchObject({ sent: 47, refused: 2, postponed: 1, uncertain: 0 })
  expect(smtp.taken).toHaveLength(47)
  expect(new Set(smtp.taken.map(({ to }) => to)).size).toBe(47)
  const pauses: number[] = []
  for (let now = DUE; now < DUE + 7200; now += 30) {
    const tried = smtp.addressed.filter((to) => to.startsWith('person5@')).length
    await deliver(now)
    if (smtp.addressed.filter((to) => to.startsWith('person5@')).length > tried) pauses.push(now - DUE)
  }
  const [second = 0, third = 0, fourth = 0, ...more] = pauses
  expect([second >= 60, third - second >= 300, fourth - third >= 1200, more]).toEqual([true, true, true, []])
  const by = Object.fromEntries((await mails(digest)).map((row) => [row.recipient.split('@')[0], row]))
  expect(by.person5).toMatchObject({ state: 'sent', attempts: 4 })
  expect(by.person3).toMatchObject({ state: 'refused', attempts: 1 })
  expect(by.person7).toMatchObject({
    state: 'refused',
    attempts: 1,
    error: expect.stringContaining('is no e-mail address') as string,
  })
  expect(smtp.addressed.filter((to) => to.startsWith('person3@'))).toHaveLength(1)
  expect(smtp.addressed.some((to) => /^person[78]@/.test(to) && to.includes(','))).toBe(false)
})

test('one address in five digests gets five mails; one digest that three runs plan at once gets each recipient one', async () => {
  const names = ['One', 'Two', 'Three', 'Four', 'Five']
  for (const name of names) {
    await berlinDigest(database.pool, desk, { name, recipients: ['ana@example.com'], formats: ['csv'] })
  }
  const plan = () => planDueDigests(database.pool, DUE)
  await Promise.all([plan(), plan(), plan()])
  const compose = () => composeDueDigests(database.pool, DUE)
  await Promise.all([compose(), compose(), compose()])
  await Promise.all([deliver(DUE), deliver(DUE), deliver(DUE)])
  await heartbeat(database.pool, DUE + 60, { route: routeTo(smtp) })
  expect(copiesTo('ana@example.com')).toHaveLength(5)
  expect(new Set(smtp.taken.map(({ messageId }) => messageId)).size).toBe(5)
  const digests = await many<{ n: number }>(
    database.pool,
    `select count(*) as n from tidemark.deliveries where account_id = $1 group by digest_id`,
    [desk.accountId],
  )
  expect(digests.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1])
})

test('a server that is down for two hours: nothing counts as sent, the owner has a notice within the hour, all arrives at its return', async () => {
  const digest = await queuedDigest(database.pool, desk, { recipients: people(20), ownerId: desk.agents[0]! })
  await smtp.down()
  let told: number | undefined
  for (let minute = 0; minute < 120; minute += 5) {
    const counts = await deliver(DUE + minute * MINUTE)
    expect(counts.sent + counts.refused + counts.uncertain).toBe(0)
    // The first failures end the run: 20 recipients are not 20 time-outs.
    expect(counts.postponed).toBeLessThanOrEqual(4)
    if ((await ledger(database.pool, digest)).some(({ kind }) => kind === 'notice')) told ??= minute
  }
  expect(told).toBeGreaterThanOrEqual(30)
  expect(told).toBeLessThan(60)
  expect((await ledger(database.pool, digest)).every(({ state, attempts }) => state === 'queued' && attempts === 0)).toBe(true)
  // The notice waits, too; whoever looks sees why.
  expect(await health(digest, DUE + 29 * MINUTE)).not.toBe('standstill')
  expect(await health(digest, DUE + 119 * MINUTE)).toBe('standstill')
  await smtp.up()
  for (let minute = 120; minute < 123; minute++) await deliver(DUE + minute * MINUTE)
  expect((await ledger(database.pool, digest)).map(({ state }) => state)).toEqual(Array.from({ length: 21 }, () => 'sent'))
  expect(smtp.taken).toHaveLength(21)
  const [taken, ...more] = copiesTo('owner@example.com')
  expect(more).toEqual([])
  const mail = await PostalMime.parse(taken?.raw ?? '')
  expect(mail.subject).toMatch(/^Waiting to be sent: Managers, 2 ?– ?8 March 2026$/)
  expect(mail.text).toContain('20 of its mails had been waiting since 9 Mar 2026, 08:00 (Europe/Berlin)')
  expect(mail.text).toContain('ECONNREFUSED')
  expect(await health(digest, DUE + 123 * MINUTE)).not.toBe('standstill')
  expect(await slotStates(database.pool, digest)).toEqual(['done'])
})
