// A digest before, and besides, its time: looked at, tried out on oneself, and sent now; against a real mail server.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import type { App } from '../../src/http/app.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import type { TestDatabase } from '../support/database.ts'
import { rollEverything, serve } from './desk.ts'
import { asking, weekly } from './digests.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let ask: ReturnType<typeof asking>
let smtp: SmtpRecorder
let outbox: string
let url: string | undefined
let now = NOON
let id: number
beforeAll(async () => {
  database = await openOffice()
  await rollEverything(database.pool, NOON + 86400)
  smtp = await startSmtp()
  outbox = await mkdtemp(join(tmpdir(), 'tidemark-trial-'))
  app = serve(database.pool, { clock: () => now, mailRoute: () => ({ smtpUrl: url, from: 'Tidemark <t@desk.example>', outbox }) })
  ask = asking(app)
})
beforeEach(async () => {
  now = NOON
  url = smtp.url
  smtp.reset()
  // Without pictures, which take longest.
  const formats = ['csv']
  const recipients = [{ address: 'ana@example.com' }, { user_id: 3 }]
  id = (await ask('POST', 'digests', { ...weekly, formats, recipients })).json.id
})
afterEach(() => run(database.pool, 'delete from tidemark.digests'))
afterAll(async () => {
  await app.close()
  await smtp.close()
  await database.drop()
  await rm(outbox, { recursive: true })
})

const preview = (query = '', options = {}) => ask('GET', `digests/${id}/preview${query}`, undefined, options)
const ledger = () => many(database.pool, 'select recipient, state from tidemark.deliveries order by recipient')
const tests = () =>
  many(database.pool, 'select recipient, state, requested_by, period_start, period_end from tidemark.test_mails')

describe('a preview', () => {
  test('shows what is due as a page, as text, as files and as figures, and sends and stores nothing', async () => {
    const digest = (await ask('GET', `digests/${id}`)).json
    await ask('PUT', `digests/${id}`, { ...digest, formats: ['inline', 'csv', 'xlsx'] })
    const page = await preview()
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.json).toContain('src="data:image/png;base64,')
    expect(page.json).not.toMatch(/cid:|<script/)
    const text = await preview('?format=text')
    expect([text.headers['content-type'], text.json]).toEqual(['text/plain; charset=utf-8', expect.stringContaining('Office')])
    const figures = await preview('.json')
    expect(figures.json).toMatchObject({
      period: { firstDate: '2026-06-08', lastDate: '2026-06-14' },
      totals: { conversations_count: { current: { value: 2 } } },
    })
    const csv = await preview('?format=csv')
    expect(csv.headers['content-type']).toMatch(/^text\/csv/)
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename\*=UTF-8''office-[\w-]+\.csv$/)
    expect(csv.raw.toString()).toContain('conversations_count')
    for (const format of ['xlsx', 'zip']) expect((await preview(`?format=${format}`)).raw.subarray(0, 2).toString()).toBe('PK')
    expect([await ledger(), await tests(), smtp.taken]).toEqual([[], [], []])
    expect(await many(database.pool, 'select 1 from tidemark.snapshots')).toEqual([])
  })

  test('takes any period, whose figures are wanted, and refuses what is none', async () => {
    const period = async (query: string) => (await preview(`?format=json&${query}`)).json.period.firstDate
    expect(await period('period=2026-06-03')).toBe('2026-06-01')
    expect(await period('period=2026-W20')).toBe('2026-05-11')
    expect(await period('period=2026-05')).toBe('2026-04-27')
    const conversations = async (query: string, token = 'token-1') =>
      (await preview(`?format=json&${query}`, { token })).json.totals?.conversations_count.current.value
    expect([
      await conversations('lens=team:1'),
      await conversations('lens=agent:1'),
      await conversations('lens=agent:3'),
    ]).toEqual([1, 1, 0])
    expect([
      await conversations('lens=own'),
      await conversations('lens=own', 'token-3'),
      await conversations('lens=own&user_id=2'),
    ]).toEqual([1, 0, 1])
    for (const [query, detail] of [
      ['period=next', 'is no period'],
      ['period=2026-06-23', 'has not begun'],
      ['format=pdf', 'format: must be one of html, text, csv, zip, xlsx, json'],
      ['lens=mine', 'is no lens. Give all, own_teams, own'],
      ['lens=team:1%2Bteam:1', 'is no lens'],
      ['lens=own_teams', 'There is nothing to show'],
      ['user_id=x', 'user_id: must be the id of a user'],
      ['week=1', 'There is no parameter week here'],
    ] as const) {
      const refused = await preview(`?${query}`)
      expect([query, refused.status, refused.json.detail]).toEqual([query, 422, expect.stringContaining(detail)])
    } // prettier-ignore
  })
})

describe('a test mail', () => {
  const tryOut = (options = {}) => ask('POST', `digests/${id}/test`, undefined, options)

  test('goes to whoever asks and nobody else, is marked, and counts as no delivery', async () => {
    const answer = await tryOut({ token: 'token-3' })
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        state: 'sent',
        to: 'cleo@example.com',
        subject: expect.stringMatching(/^\[TEST\] /) as string,
        period: { first_date: '2026-06-08', last_date: '2026-06-14' },
      },
    ])
    expect(smtp.addressed).toEqual(['cleo@example.com'])
    expect(smtp.taken[0]!.raw).toContain('[TEST]')
    expect(await tests()).toEqual([
      { recipient: 'cleo@example.com', state: 'sent', requested_by: 3, period_start: '2026-06-08', period_end: '2026-06-14' },
    ])
    expect(await ledger()).toEqual([])
    expect(await many(database.pool, 'select 1 from tidemark.digest_slots')).toEqual([])
    // The schedule goes on as if it had not been.
    expect((await ask('POST', `digests/${id}/run`)).json).toMatchObject({ delivered: true, deliveries: { sent: 2 } })
  })

  test('is not said to be sent when the server refuses it, or is not there', async () => {
    smtp.reset(() => 'refuse')
    const refused = await tryOut()
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      502,
      'not_sent',
      expect.stringContaining('refused'),
    ])
    await smtp.down()
    expect((await tryOut()).status).toBe(502)
    await smtp.up()
    expect((await tests()).map(({ state }) => state)).toEqual(['refused', 'refused'])
  })

  test('without a mail server lies in the outbox and says so', async () => {
    url = undefined
    expect((await tryOut()).json).toMatchObject({ state: 'written', to: 'ann@example.com' })
    const files = (await readdir(outbox)).filter((name) => name.startsWith('test-'))
    expect(await readFile(join(outbox, files[0]!), 'utf8')).toContain('ann@example.com')
  })

  test('is sent ten times an hour, also when all are asked for at once; then it is said when to come again', async () => {
    url = undefined
    const answers = await Promise.all(Array.from({ length: 12 }, () => tryOut()))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([...Array(10).fill(200), 429, 429])
    expect(await tests()).toHaveLength(10)
    const refused = answers.find(({ status }) => status === 429)!
    expect([Number(refused.headers['retry-after']), refused.json.detail]).toEqual([
      3600,
      expect.stringContaining('10 times within the hour'),
    ])
    now = NOON + 1800
    expect((await tryOut()).headers['retry-after']).toBe('1800')
    now = NOON + 3601
    expect((await tryOut()).status).toBe(200)
  })

  test('of a digest that was never due, or is not there, is refused', async () => {
    const later = (await ask('POST', 'digests', { ...weekly, starts_on: '2026-09-01' })).json
    const refused = await ask('POST', `digests/${later.id}/test`)
    expect([refused.status, refused.json.detail]).toEqual([422, expect.stringContaining('not due before 2026-09-01')])
    expect((await ask('POST', 'digests/999999/test')).status).toBe(404)
    expect(smtp.taken).toEqual([])
  })
})

describe('a run', () => {
  const runNow = (token = 'token-1') => ask('POST', `digests/${id}/run`, undefined, { token })

  test('delivers what is due, once, and says it when the server has taken it', async () => {
    const first = await runNow()
    expect([first.status, first.json]).toEqual([
      200,
      {
        period: { first_date: '2026-06-08', last_date: '2026-06-14' },
        state: 'done',
        note: null,
        delivered: true,
        message: '2026-06-08 to 2026-06-14: done. 2 sent.',
        this_run: { sent: 2, written: 0, refused: 0, uncertain: 0, suppressed: 0, skipped: 0, postponed: 0 },
        deliveries: { sent: 2 },
      },
    ])
    expect(smtp.addressed.toSorted()).toEqual(['ana@example.com', 'cleo@example.com'])
    const again = await runNow()
    expect([again.status, again.json.delivered, again.json.message]).toEqual([
      200,
      true,
      expect.stringContaining('nothing to do'),
    ])
    expect(smtp.taken).toHaveLength(2)
    const { last_result, health } = (await ask('GET', `digests/${id}`)).json
    expect([health, last_result]).toEqual([
      'ok',
      {
        period: { first_date: '2026-06-08', last_date: '2026-06-14' },
        due_at: '2026-06-15T06:00:00Z',
        state: 'done',
        at: expect.stringMatching(/^2026-06-15T12:00/) as string,
        note: null,
        deliveries: { sent: 2 },
      },
    ])
  })

  test('says what is queued when the server puts it off, and what is refused when it refuses', async () => {
    smtp.reset((to) => (to.startsWith('ana') ? 'later' : 'accept'))
    const partly = await runNow()
    expect([partly.status, partly.json]).toMatchObject([
      202,
      { state: 'composed', delivered: false, deliveries: { sent: 1, queued: 1 }, message: expect.stringContaining('1 queued') },
    ])
    smtp.reset((to) => (to.startsWith('ana') ? 'refuse' : 'accept'))
    now = NOON + 3600
    const refused = await runNow()
    expect([refused.status, refused.json]).toMatchObject([
      200,
      { state: 'done', delivered: false, deliveries: { sent: 1, refused: 1 } },
    ])
    expect((await ask('GET', `digests/${id}`)).json.health).toBe('partial')
  })

  test('when nobody got it, the digest is failing', async () => {
    smtp.reset(() => 'refuse')
    expect((await runNow()).json).toMatchObject({ delivered: false, deliveries: { refused: 2 } })
    expect((await ask('GET', `digests?search=ana`)).json.digests).toMatchObject([{ id, health: 'failing' }])
  })

  test('without a mail server is written into the outbox, which is not called delivered', async () => {
    url = undefined
    expect((await runNow()).json).toMatchObject({
      state: 'done',
      delivered: false,
      deliveries: { written: 2 },
      message: expect.stringContaining('No SMTP_URL is set'),
    })
  })

  test('does not wait longer than a proxy would: what hangs goes on by itself', async () => {
    const hasty = serve(database.pool, { clock: () => now, answerWithin: 0.05, mailRoute: () => ({ smtpUrl: smtp.url, from: 't@desk.example', outbox }) }) // prettier-ignore
    const patient = asking(hasty)
    smtp.reset(() => 'slow')
    const late = await patient('POST', `digests/${id}/run`)
    expect([late.status, late.json]).toMatchObject([202, { this_run: null, delivered: false }])
    expect(late.json.message).toContain('Still under way')
    const mail = await patient('POST', `digests/${id}/test`)
    expect([mail.status, mail.json]).toEqual([202, { state: 'sending', to: 'ann@example.com', subject: null, period: null }])
    await hasty.close()
    expect(await ledger()).toEqual(
      ['ana', 'cleo'].map((name) => ({
        recipient: `${name}@example.com`,
        state: expect.stringMatching(/sent|queued/) as string,
      })),
    )
    expect((await tests()).map(({ state }) => state)).toEqual(['sent'])
  })

  test('is for digests that are there and were due', async () => {
    expect((await ask('POST', 'digests/999999/run')).status).toBe(404)
    const later = (await ask('POST', 'digests', { ...weekly, starts_on: '2026-09-01' })).json
    expect((await ask('POST', `digests/${later.id}/run`)).status).toBe(422)
  })
})
