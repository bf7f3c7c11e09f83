import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../src/db.ts'
import { setPaused, type Digest } from '../../src/digests/definition/digest.ts'
import { queueNotice } from '../../src/digests/delivery/notice.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, DUE, openBerlin, type Given } from './desk.ts'
import { heartbeat, ledger, pauseOf, people, queuedDigest, reachable, routeTo, slotStates } from './post.ts'
import { startSmtp, type SmtpRecorder } from './smtp.ts'

const DAY = 86_400
const OWNER = 'owner@example.com'

let database: TestDatabase
let desk: Desk
let smtp: SmtpRecorder
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 20)
  smtp = await startSmtp()
})
beforeEach(async () => {
  smtp.reset()
  await reachable(database.pool, desk.agents[0]!, OWNER)
  await reachable(database.pool, desk.agents[1]!, 'admin1@example.com', true)
  await reachable(database.pool, desk.agents[2]!, 'admin2@example.com', true)
})
afterEach(() => run(database.pool, 'delete from tidemark.digests where account_id = $1', [desk.accountId]))
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

/** Every day at 08:00 in Berlin about the day before; its first slot is on the Monday of DUE. */
const daily = (given: Given) =>
  berlinDigest(
    database.pool,
    desk,
    {
      cadence: { every: 'day', time: '08:00' },
      window: { unit: 'day', count: 1 },
      formats: ['csv'],
      ownerId: desk.agents[0]!,
      ...given,
    },
    DUE - 3600,
  )
/** One day passes: its slot, and the minutes after, in which what was queued by it is sent. */
async function day(n: number): Promise<void> {
  for (const minute of [0, 2, 3]) await heartbeat(database.pool, DUE + n * DAY + minute * 60, { route: routeTo(smtp) })
}
const notices = async (digest: Digest) => (await ledger(database.pool, digest)).filter(({ kind }) => kind === 'notice')
const subjects = async (digest: Digest) => (await notices(digest)).map(({ subject }) => subject)
const mailsTo = (address: string) => smtp.taken.filter(({ to }) => to === address)

describe('a period that does not reach everybody', () => {
  test('is told to the owner once: the period, whom it did not reach, why, and how it is sent again', async () => {
    smtp.script = (to) =>
      to.startsWith('person1@') ? 'refuse' : to.startsWith('person2@') ? 'hang up after the message' : 'accept'
    const digest = await daily({ recipients: people(4) })
    await day(0)
    expect(await slotStates(database.pool, digest)).toEqual(['done'])
    expect(await notices(digest)).toMatchObject([
      { recipient: OWNER, state: 'sent', subject: 'Not delivered: Managers, 8 March 2026' },
    ])
    const [taken, ...more] = mailsTo(OWNER)
    expect(more).toEqual([])
    const mail = await PostalMime.parse(taken?.raw ?? '')
    expect(mail.from).toEqual({ name: 'desk via Tidemark', address: 'reports@desk.example' })
    expect(mail.subject).toBe('Not delivered: Managers, 8 March 2026')
    for (const content of [mail.text, mail.html?.replace(/<[^>]+>/g, '')]) {
      expect(content).toContain('for 8 March 2026 did not reach 2 of its 4 recipients.')
      expect(content).toMatch(/person1@example\.com: refused \(.*550/)
      expect(content).toContain('person2@example.com: may have arrived')
      expect(content).toContain(`tidemark digest deliveries --account ${desk.accountId} --digest ${digest.id} --slot`)
      expect(content).not.toContain('person0@')
    }
    // The digests themselves are answered by the owner.
    expect((await PostalMime.parse(mailsTo('person0@example.com')[0]?.raw ?? '')).replyTo).toEqual([{ name: '', address: OWNER }])
  })

  test('is told once per streak; a period that reaches everybody ends it', async () => {
    const digest = await daily({ recipients: people(2) })
    const bad = new Set([0, 1, 3, 4])
    for (let n = 0; n < 6; n++) {
      smtp.script = (to) => (bad.has(n) && to.startsWith('person1@') ? 'refuse' : 'accept')
      await day(n)
    }
    expect(await subjects(digest)).toEqual(['Not delivered: Managers, 8 March 2026', 'Not delivered: Managers, 11 March 2026'])
    expect(await pauseOf(database.pool, digest)).toEqual({ paused: null, reason: null })
    expect(mailsTo('person0@example.com')).toHaveLength(6)
  })

  test('is told to the administrators, three at most, when the owner has left or there is none', async () => {
    smtp.script = (to) => (to.startsWith('person') ? 'refuse' : 'accept')
    const unowned = await daily({ recipients: people(1), ownerId: null })
    await day(0)
    const told = ['admin1@example.com', 'admin2@example.com']
    expect((await notices(unowned)).map(({ recipient }) => recipient)).toEqual(told)
    const left = await daily({ name: 'Left', recipients: people(1), ownerId: desk.agents[3]! })
    await day(0)
    expect((await notices(left)).map(({ recipient }) => recipient)).toEqual(told)
    for (const user of desk.agents) await reachable(database.pool, user, `admin${user}@example.com`, true)
    const many = await daily({ name: 'Many', recipients: people(1), ownerId: null })
    await day(0)
    expect(await notices(many)).toHaveLength(3)
  })

  test('speaks the language of the digest, and a name in it makes no markup', async () => {
    smtp.script = (to) => (to.startsWith('person') ? 'refuse' : 'accept')
    const digest = await daily({ recipients: people(1), language: 'de', name: '<b>Führung</b>' })
    await daily({ recipients: people(1), language: 'ar' })
    await day(0)
    expect(await subjects(digest)).toEqual(['Nicht zugestellt: <b>Führung</b>, 8. März 2026'])
    const mails = await Promise.all(mailsTo(OWNER).map(({ raw }) => PostalMime.parse(raw)))
    const german = mails.find(({ subject }) => subject?.startsWith('Nicht'))
    expect(german?.html).toContain('lang="de" dir="ltr"')
    expect(german?.html).toContain('&lt;b&gt;Führung')
    expect(german?.html).not.toContain('<b>')
    expect(mails.find(({ html }) => html?.includes('lang="ar" dir="rtl"'))?.subject).toContain('Managers')
  })

  test('fails, too, when it cannot be put together', async () => {
    const digest = await queuedDigest(database.pool, desk, { recipients: people(1), ownerId: desk.agents[0]! })
    await run(
      database.pool,
      `with gone as (delete from tidemark.snapshots where account_id = $1)
       update tidemark.digest_slots set state = 'planned', editions = 0, zone = 'Mars/Olympus' where account_id = $1`,
      [desk.accountId],
    )
    for (let hour = 0; hour < 60; hour++) await heartbeat(database.pool, DUE + hour * 3600, { route: routeTo(smtp) })
    expect(await slotStates(database.pool, digest)).toEqual(['missed'])
    expect(await notices(digest)).toMatchObject([
      { state: 'sent', subject: expect.stringMatching(/^Not delivered: Managers, 2 ?– ?8 March 2026$/) as string },
    ])
    expect(mailsTo(OWNER)[0]?.raw).toMatch(/Mars\/Olymp/)
  })

  test('is none when nobody was to be sent anything', async () => {
    const digest = await daily({ recipients: people(1) })
    await run(
      database.pool,
      `insert into tidemark.suppressions (account_id, digest_id, address, reason, at) values ($1, 0, 'person0@example.com', 'unsubscribed', now())`,
      [desk.accountId],
    )
    await day(0)
    expect(await slotStates(database.pool, digest)).toEqual(['done'])
    expect(await notices(digest)).toEqual([])
    await run(database.pool, 'delete from tidemark.suppressions where account_id = $1', [desk.accountId])
  })
})

describe('periods in a row that reach nobody', () => {
  test('pause the digest after the third, and say so; resumed, they are counted anew', async () => {
    smtp.script = (to) => (to.startsWith('person') ? 'refuse' : 'accept')
    const digest = await daily({ recipients: people(2) })
    for (let n = 0; n < 6; n++) await day(n)
    expect(await slotStates(database.pool, digest)).toEqual(['done', 'done', 'done'])
    expect(await subjects(digest)).toEqual(['Not delivered: Managers, 8 March 2026', 'Paused: Managers'])
    const { paused, reason } = await pauseOf(database.pool, digest)
    expect(paused).toBeCloseTo(DUE + 2 * DAY, -2)
    expect(reason).toMatch(/^paused by itself: 3 periods in a row reached nobody \(.*550/)
    expect(mailsTo(OWNER)[1]?.raw.replace(/=\r\n/g, '')).toContain(`tidemark digest resume --account`)

    await setPaused(database.pool, desk.accountId, digest.id, null, DUE + 6 * DAY - 7200)
    for (let n = 6; n < 8; n++) await day(n)
    expect((await pauseOf(database.pool, digest)).paused).toBeNull()
    await day(8)
    expect((await pauseOf(database.pool, digest)).paused).not.toBeNull()
    expect((await subjects(digest)).slice(2)).toEqual(['Not delivered: Managers, 14 March 2026', 'Paused: Managers'])
  })

  test('are not in a row when one between them reached somebody', async () => {
    const digest = await daily({ recipients: people(2) })
    for (let n = 0; n < 5; n++) {
      smtp.script = (to) => (to.startsWith('person1@') || (n !== 2 && to.startsWith('person0@')) ? 'refuse' : 'accept')
      await day(n)
    }
    expect((await pauseOf(database.pool, digest)).paused).toBeNull()
    expect(await subjects(digest)).toEqual(['Not delivered: Managers, 8 March 2026'])
  })

  test('workers that end the last slots at once tell and pause once', async () => {
    smtp.script = (to) => (to.startsWith('person') ? 'refuse' : 'accept')
    const digest = await daily({ recipients: people(3) })
    for (let n = 0; n < 3; n++) {
      await Promise.all([1, 2, 3].map(() => heartbeat(database.pool, DUE + n * DAY, { route: routeTo(smtp) })))
    }
    expect(await subjects(digest)).toEqual(['Not delivered: Managers, 8 March 2026', 'Paused: Managers'])
  })
})

test('a notice is queued once for each address, whoever asks how often', async () => {
  const digest = await daily({ recipients: people(1) })
  const about = { accountId: desk.accountId, digestId: digest.id, key: 'welcome/1' }
  const notice = { language: 'en' as const, subject: 'Hello\r\nBcc: v@example.com', body: ['One.', ['a', 'b']] }
  const to = people(2).map((address) => ({ address, userId: null }))
  expect(await queueNotice(database.pool, about, notice, to, DUE)).toBe(2)
  expect(await queueNotice(database.pool, about, notice, to, DUE)).toBe(0)
  await heartbeat(database.pool, DUE - 60, { route: routeTo(smtp) })
  await heartbeat(database.pool, DUE - 30, { route: routeTo(smtp) })
  expect(smtp.taken).toEqual([])
  await heartbeat(database.pool, DUE, { route: routeTo(smtp) })
  const mail = await PostalMime.parse(mailsTo('person0@example.com').find(({ raw }) => raw.includes('Hello'))?.raw ?? '')
  expect(mail.subject).toBe('Hello Bcc: v@example.com')
  expect(mail.text).toContain('One.\n\n- a\n- b\n')
})
