import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { many, run } from '../../src/db.ts'
import { FORLORN } from '../../src/digests/audience/forlorn.ts'
import { suppress } from '../../src/digests/audience/suppressions.ts'
import { unsubscribeUrl } from '../../src/digests/audience/unsubscribe.ts'
import type { App } from '../../src/http/app.ts'
import { buildServer } from '../../src/http/server.ts'
import { signToken } from '../../src/signing.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { beat, headerOf, ledgerOf, pauseOf, reachable, wayOut } from './consent.ts'
import { berlinDigest, DUE, openBerlin, type Given } from './desk.ts'
import { startSmtp, type SmtpRecorder, type Taken } from './smtp.ts'

// Before the configuration is read.
vi.hoisted(() => (process.env.PUBLIC_URL = 'https://reports.example.com/tidemark/'))

const DAY = 86_400
const ONE_CLICK = 'List-Unsubscribe=One-Click'
const FORM = 'application/x-www-form-urlencoded'

let database: TestDatabase
let desk: Desk
let stranger: Desk
let smtp: SmtpRecorder
let app: App
let origin: string
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 20)
  stranger = await openBerlin(database.pool, 0)
  await run(database.pool, `update accounts set name = 'Acme & <Söhne>' where id = $1`, [desk.accountId])
  await reachable(database.pool, desk.agents[0]!, 'owner@example.com')
  smtp = await startSmtp()
  app = buildServer({ pool: database.pool, ready: async () => [], clock: () => DUE + 3600, rateLimitMax: 20 })
  await app.listen({ host: '127.0.0.1', port: 0 })
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
beforeEach(async () => {
  smtp.reset()
  for (const table of ['digests', 'suppressions']) {
    await run(database.pool, `delete from tidemark.${table} where account_id = any ($1)`, [[desk.accountId, stranger.accountId]])
  }
})
afterAll(async () => {
  await app.close()
  await smtp.close()
  await database.drop()
})

/** Every day at 08:00 in Berlin about the day before; first due at DUE. */
const daily = (given: Given = {}, of = desk) =>
  berlinDigest(
    database.pool,
    of,
    {
      cadence: { every: 'day', time: '08:00' },
      window: { unit: 'day', count: 1 },
      formats: ['csv'],
      ownerId: of === desk ? desk.agents[0]! : null,
      recipients: ['ana@example.com', 'bo@example.com'],
      ...given,
    },
    DUE - 3600,
  )
let digestsTaken: Taken[] = []
/** The nth day's digests are sent: leaves them in `digestsTaken`, and returns to whom they went. */
async function day(n: number): Promise<string[]> {
  smtp.reset()
  await beat(database.pool, DUE + n * DAY, smtp)
  const ids = await many<{ id: string }>(database.pool, `select message_id as id from tidemark.deliveries where kind = 'digest'`)
  digestsTaken = smtp.taken.filter(({ messageId }) => ids.some(({ id }) => id === messageId))
  return digestsTaken.map(({ to }) => to).toSorted()
}
const mailTo = (address: string) => digestsTaken.find(({ to }) => to === address)!
const post = (path: string, body: string | FormData = ONE_CLICK, type: string | null = FORM) =>
  fetch(origin + path.replace('/tidemark', ''), {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: type === null ? {} : { 'content-type': type },
  })
const open = (path: string) => fetch(origin + path.replace('/tidemark', ''))
const press = (path: string, button: string) => post(path, `do=${button}`)

describe('RFC 8058', () => {
  test('every digest carries both headers, with an address under the public URL, each recipient his own', async () => {
    await daily({ recipients: ['ana@example.com', 'bo@example.com', { userId: desk.agents[0]! }] })
    expect(await day(0)).toEqual(['ana@example.com', 'bo@example.com', 'owner@example.com'])
    const addresses = digestsTaken.map((mail) => headerOf(mail, 'List-Unsubscribe'))
    for (const address of addresses) {
      expect(address).toMatch(/^<https:\/\/reports\.example\.com\/tidemark\/unsubscribe\/[A-Za-z0-9._-]+>$/)
      expect(address).not.toMatch(/ana|bo@|owner|%40|@/)
    }
    expect(new Set(addresses).size).toBe(3)
    for (const mail of digestsTaken) {
      expect(headerOf(mail, 'List-Unsubscribe-Post')).toBe(ONE_CLICK)
      const { html = '', text = '' } = await PostalMime.parse(mail.raw)
      const address = headerOf(mail, 'List-Unsubscribe')!.slice(1, -1)
      expect([html.includes(`href="${address}"`), text.includes(address)]).toEqual([true, true])
    }
  })

  test('so does the notice to somebody from outside, who may leave before the first digest', async () => {
    await daily({ recipients: ['ana@example.com', { userId: desk.agents[0]! }] })
    await beat(database.pool, DUE - 1800, smtp)
    expect(smtp.taken.map(({ to }) => to)).toEqual(['ana@example.com'])
    const [welcome] = smtp.taken as [Taken]
    const { subject, html = '', text = '' } = await PostalMime.parse(welcome.raw)
    expect(subject).toBe('You will be sent “Managers”, a support report of Acme & <Söhne>')
    const address = headerOf(welcome, 'List-Unsubscribe')!.slice(1, -1)
    expect([html.includes(`href="${address}"`), text.includes(`Unsubscribe: ${address}`)]).toEqual([true, true])
    expect((await post(wayOut(welcome))).status).toBe(200)
    expect(await day(0)).toEqual(['owner@example.com'])
  })

  test('a hundred GETs change nothing, one POST without a cookie does, at once and for good', async () => {
    const digest = await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    for (let i = 0; i < 100; i++) {
      const page = await open(path)
      expect(page.status).toBe(200)
      expect(page.headers.get('set-cookie')).toBeNull()
      await page.text()
    }
    expect(await day(1)).toEqual(['ana@example.com', 'bo@example.com'])

    for (let i = 0; i < 3; i++) {
      const answer = await post(path)
      expect([answer.status, answer.headers.get('location'), answer.redirected]).toEqual([200, null, false])
      await answer.text()
    }
    for (const n of [2, 3, 4]) expect(await day(n)).toEqual(['bo@example.com'])
    expect(await pauseOf(database.pool, desk.accountId, digest.id)).toBeNull()
  })

  test('takes the form in whichever way a mail program sends it', async () => {
    const multipart = new FormData()
    multipart.set('List-Unsubscribe', 'One-Click')
    const forms: [string | FormData, string | null][] = [
      [ONE_CLICK, FORM],
      [ONE_CLICK, `${FORM}; charset=UTF-8`],
      [multipart, null],
      [ONE_CLICK, ''],
      [ONE_CLICK, 'nonsense'],
    ]
    const people = forms.map((_, n) => `person${n}@example.com`)
    await daily({ recipients: ['bo@example.com', ...people] })
    await day(0)
    for (const [n, [body, type]] of forms.entries()) {
      expect([n, (await post(wayOut(mailTo(people[n]!)), body, type)).status]).toEqual([n, 200])
    }
    expect(await day(1)).toEqual(['bo@example.com'])
  })

  test('what is queued already is withdrawn, and what was claimed before is not sent', async () => {
    await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    smtp.reset((to) => (to === 'ana@example.com' ? 'later' : 'accept'))
    await beat(database.pool, DUE + DAY, smtp)
    await post(path)
    smtp.reset()
    await beat(database.pool, DUE + DAY + 3600, smtp)
    expect(smtp.addressed).toEqual([])
    const his = (await ledgerOf(database.pool, desk.accountId)).filter(({ recipient }) => recipient === 'ana@example.com')
    expect(his.filter(({ kind }) => kind === 'digest').map(({ state, error }) => [state, error])).toEqual([
      ['sent', null],
      ['suppressed', 'has unsubscribed'],
    ])
  })

  test('a token that was changed, or is none, is a 404 that tells nothing and changes nothing', async () => {
    await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    const changed = path.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const [, account = '', delivery = ''] = /unsubscribe\/(\d+)\.([0-9a-f-]{36})/.exec(path)!
    const others = [
      changed,
      `/unsubscribe/${account}.${delivery}`,
      `/unsubscribe/${signToken('link', [account, delivery])}`,
      path.replace(`/${account}.`, `/${stranger.accountId}.`),
      '/unsubscribe/x',
      `/unsubscribe/${'x'.repeat(3000)}`,
    ]
    for (const other of others) {
      for (const answer of [await open(other), await post(other), await press(other, 'all')]) {
        const body = await answer.text()
        expect([other, answer.status, answer.headers.get('content-type')]).toEqual([other, 404, 'text/html; charset=utf-8'])
        expect(body).not.toMatch(/Managers|Acme|example\.com|token/i)
      }
    }
    expect(await day(1)).toEqual(['ana@example.com', 'bo@example.com'])
  })

  test('a body that says something else changes nothing', async () => {
    await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    for (const body of ['', 'List-Unsubscribe=No', 'do=delete', 'x'.repeat(4000)]) {
      const answer = await post(path, body)
      expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('Nothing has changed')])
    }
    expect((await post(path, 'x'.repeat(5000))).status).toBe(413)
    expect(await day(1)).toEqual(['ana@example.com', 'bo@example.com'])
  })

  test('many people behind one address of a mail provider all get through; one token alone is bounded', async () => {
    const tokens = Array.from({ length: 60 }, () => new URL(unsubscribeUrl(desk.accountId, crypto.randomUUID())).pathname)
    const answers = await Promise.all(tokens.map((path) => post(path)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const path = new URL(unsubscribeUrl(desk.accountId, '00000000-0000-4000-8000-000000000000')).pathname
    const statuses = await Promise.all(Array.from({ length: 260 }, () => open(path).then(({ status }) => status)))
    expect(statuses.filter((status) => status === 429)).toHaveLength(20)
  })
})

describe('tenants and digests', () => {
  test('who leaves one digest keeps the others, and the same address in another account stays', async () => {
    await daily({ name: 'Managers' })
    await daily({ name: 'Finance', recipients: ['ana@example.com'] })
    await daily({ name: 'Theirs', recipients: ['ana@example.com'] }, stranger)
    expect(await day(0)).toEqual(['ana@example.com', 'ana@example.com', 'ana@example.com', 'bo@example.com'])
    const ofManagers = digestsTaken.find(({ to, raw }) => to === 'ana@example.com' && raw.includes('Managers'))!
    await post(wayOut(ofManagers))
    expect(await day(1)).toEqual(['ana@example.com', 'ana@example.com', 'bo@example.com'])
    await press(wayOut(ofManagers), 'all')
    expect(await day(2)).toEqual(['ana@example.com', 'bo@example.com'])
    expect(mailTo('ana@example.com').raw).toContain('Theirs')
  })

  test('a user who has left stays off when his address changes, and others at his address do not', async () => {
    const [, user] = desk.agents as [number, number]
    await reachable(database.pool, user, 'old@example.com')
    await daily({ recipients: [{ userId: user }, 'bo@example.com'] })
    await day(0)
    await post(wayOut(mailTo('old@example.com')))
    await reachable(database.pool, user, 'new@example.com')
    expect(await day(1)).toEqual(['bo@example.com'])
  })

  test('the token of a digest that was deleted is known, and says that nothing is sent any more', async () => {
    const digest = await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    await run(database.pool, 'delete from tidemark.digests where account_id = $1 and id = $2', [desk.accountId, digest.id])
    for (const answer of [await open(path), await post(path)]) {
      expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('sent to nobody any more')])
    }
  })
})

describe('the page', () => {
  const buttons = (html: string) => [...html.matchAll(/<button name="do" value="(\w+)">/g)].map(([, value]) => value)

  test('says what is sent to whom, without all of the address, and is kept, indexed and framed by nobody', async () => {
    await daily()
    await day(0)
    const page = await open(wayOut(mailTo('ana@example.com')))
    const html = await page.text()
    expect(html).toContain('a…@example.com is sent the report “Managers” of Acme &amp; &lt;Söhne&gt;. Stop sending it?')
    expect(html).not.toContain('ana@')
    expect(buttons(html)).toEqual(['digest', 'all'])
    expect(html).not.toMatch(/<script|https?:|<input/)
    const headers = Object.fromEntries(page.headers)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-robots-tag': expect.stringContaining('noindex') as string,
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
    })
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html)!
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))
    expect(headers['content-security-policy']).toContain(`'sha256-${Buffer.from(hash).toString('base64')}'`)
  })

  test('its buttons stop one digest, or all, and undo both', async () => {
    await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    const stopped = await (await press(path, 'digest')).text()
    expect(stopped).toContain('is sent the report “Managers” of Acme &amp; &lt;Söhne&gt; no more.')
    expect(buttons(stopped)).toEqual(['again', 'all'])
    expect(await day(1)).toEqual(['bo@example.com'])
    expect(buttons(await (await press(path, 'all')).text())).toEqual(['again'])
    expect(buttons(await (await open(path)).text())).toEqual(['again'])
    const again = await press(path, 'again')
    expect([again.status, await again.text()]).toEqual([200, expect.stringContaining('Undone.')])
    expect(await day(2)).toEqual(['ana@example.com', 'bo@example.com'])
  })

  test('who was taken off by somebody cannot undo that, also when he wishes it himself', async () => {
    const digest = await daily()
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    const person = { addresses: ['ana@example.com'], userIds: [] }
    await suppress(database.pool, desk.accountId, digest.id, person, {
      by: { actor: { kind: 'user', id: desk.agents[0]! }, at: DUE },
      at: DUE,
    })
    await post(path)
    const html = await (await press(path, 'again')).text()
    expect(html).toContain('only an administrator can change it')
    expect(buttons(html)).toEqual(['all'])
    expect(await day(1)).toEqual(['bo@example.com'])
  })

  test.each([
    ['de', 'ltr', 'Diesen Bericht abbestellen'],
    ['ar', 'rtl', 'إيقاف هذا التقرير'],
  ] as const)('speaks %s when its digest does', async (language, direction, words) => {
    await daily({ language })
    await day(0)
    const html = await (await open(wayOut(mailTo('ana@example.com')))).text()
    expect(html).toContain(`<html lang="${language}" dir="${direction}">`)
    expect(html).toContain(words)
  })
})

describe('when the last recipient leaves', () => {
  test('the digest pauses, its owner is told once, and it goes on when somebody comes back', async () => {
    const digest = await daily()
    await day(0)
    const paths = ['ana@example.com', 'bo@example.com'].map((address) => wayOut(mailTo(address)))
    await Promise.all(paths.map((path) => post(path)))
    expect(await pauseOf(database.pool, desk.accountId, digest.id)).toBe(FORLORN)
    expect(await day(1)).toEqual([])
    expect(smtp.taken.map(({ to }) => to)).toEqual(['owner@example.com'])
    expect(headerOf(smtp.taken[0]!, 'List-Unsubscribe')).toBeUndefined()
    await press(paths[0]!, 'again')
    expect(await pauseOf(database.pool, desk.accountId, digest.id)).toBeNull()
    await post(paths[0]!)
    await day(2)
    expect((await ledgerOf(database.pool, desk.accountId)).filter(({ kind, recipient }) => kind === 'notice' && recipient.startsWith('owner'))).toHaveLength(1) // prettier-ignore
  })

  test('a pause of another reason is left alone', async () => {
    const digest = await daily({ recipients: ['ana@example.com'] })
    await day(0)
    const path = wayOut(mailTo('ana@example.com'))
    await run(database.pool, `update tidemark.digests set paused_at = now(), pause_reason = 'holidays' where account_id = $1`, [desk.accountId]) // prettier-ignore
    await post(path)
    await press(path, 'again')
    expect(await pauseOf(database.pool, desk.accountId, digest.id)).toBe('holidays')
  })
})
