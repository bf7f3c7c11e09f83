// Who asks to be told is sent one mail when his backfill has ended, whichever way and whoever dies meanwhile.
import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { tellOfBackfills } from '../../src/admin/tell-of-backfills.ts'
import { byCommand } from '../../src/audit/change.ts'
import { many, one, run, type Pool } from '../../src/db.ts'
import { setPolicy } from '../../src/digests/audience/policy.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import type { App } from '../../src/http/app.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { routeTo } from '../digests/post.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import type { TestDatabase } from '../support/database.ts'
import { intercept } from '../support/intercept.ts'
import { serve } from './desk.ts'
import { NOON, openOffice } from './office.ts'

let database: TestDatabase
let app: App
let smtp: SmtpRecorder
beforeAll(async () => {
  database = await openOffice()
  app = serve(database.pool, { clock: () => NOON })
  smtp = await startSmtp()
})
beforeEach(() => smtp.reset())
afterEach(async () => {
  for (const table of ['backfills', 'deliveries', 'suppressions', 'recipient_policies'])
    await run(database.pool, `delete from tidemark.${table}`)
  await run(database.pool, `update users set email = 'ann@example.com' where id = 1`)
})
afterAll(async () => {
  await app.close()
  await smtp.close()
  await database.drop()
})

const body = { account_id: 1, since: '2026-06-12', until: '2026-06-15', reason: 'a <b> was fixed', dry_run: false, notify: true }

async function ask(payload: object, token = 'token-1', path = '') {
  const url = `/api/v1/admin/backfills${path}`
  const answer = await app.inject({ method: 'POST', url, headers: { api_access_token: token }, payload })
  return { status: answer.statusCode, json: answer.json<{ id: number; state: string; notify: boolean; detail: string }>() }
}
const rolled = async () => {
  const { json } = await ask(body)
  await runBackfill(database.pool, 1, json.id)
  return json.id
}
const tell = (pool: Pool = database.pool, at = NOON + 60) => tellOfBackfills(pool, at)
const send = () => deliverQueued(database.pool, NOON + 120, { route: routeTo(smtp) })
const subjects = () => many<{ subject: string }>(database.pool, `select notice ->> 'subject' as subject from tidemark.deliveries`)

test('the one who asks is mailed its figures when it has ended, once however often and by how many that is looked for', async () => {
  const { status, json } = await ask(body)
  expect([status, json.notify]).toEqual([201, true])
  expect(await tell()).toBe(0)
  await runBackfill(database.pool, 1, json.id)
  const told = await Promise.all([tell(), tell(), tell(), tell()])
  expect(told.toSorted()).toEqual([0, 0, 0, 1])
  await Promise.all([send(), send()])
  expect([await tell(), (await send()).sent]).toEqual([0, 0])

  expect(smtp.taken.map(({ to }) => to)).toEqual(['ann@example.com'])
  const mail = await PostalMime.parse(smtp.taken[0]!.raw)
  expect(mail.subject).toBe(`Backfill ${json.id} completed: Office`)
  const plain = (html = '') =>
    html
      .replace(/<style[\s\S]*?<\/style>|<[^>]+>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
  for (const content of [mail.text, plain(mail.html)]) {
    expect(content).toContain('it is completed.')
    expect(content).toContain('Account: \u2068Office\u2069 (1)')
    expect(content).toContain('Range: 2026-06-12 to 2026-06-14 (America/New_York)')
    expect(content).toContain('Reason: \u2068a <b> was fixed\u2069')
    expect(content).toContain('Hours: 72 of 72 done, 0 failed')
    // Three hours have rows, and are marked as changed since their rows were written.
    expect(content).toContain('Of these: 0 new, 3 changed, 69 unchanged')
    expect(content).toContain('Verification: 69 hours recomputed, 3 left out as dirty, 0 rows differ')
    expect(content).toContain('Conversations: 0 before, 2 after; 0 in new hours')
    expect(content).toContain('First response time (seconds): none before, 8,640 after; none in new hours')
    expect(content).toContain(`tidemark backfill show ${json.id} or `)
    expect(content).toContain(`/api/v1/admin/backfills/${json.id}`)
  }
  // Whom is no business of who reads the log.
  const { after } = await one<{ after: object }>(
    database.pool,
    `select after from tidemark.audit_log where action = 'backfill.start' and subject_id = $1`,
    [json.id],
  )
  expect(after).toMatchObject({ notify: true })
  expect(JSON.stringify(after)).not.toContain('@')
})

test.each([
  [
    'German',
    4,
    [
      'Der Backfill, von dessen Ende Sie erfahren wollten, ist beendet: abgeschlossen.',
      'Konto: \u2068Office\u2069 (1)',
      'Zeitraum: 2026-06-12 bis 2026-06-14 (America/New_York)',
      'Grund: \u2068a <b> was fixed\u2069',
      'Ergebnis: abgeschlossen',
      'Stunden: 72 von 72 erledigt, 0 gescheitert',
      'Davon: 0 neu, ',
      'Prüfung: 69 Stunden nachgerechnet, 3 wegen neuer Änderungen ausgelassen, 0 Zeilen weichen ab',
      ', nachher 2; in neuen Stunden 0',
      '- Zeit bis zur ersten Antwort (Sekunden): vorher ',
      ', nachher 8.640; in neuen Stunden kein Wert',
    ],
  ],
  [
    'Arabic',
    1,
    [
      'انتهت إعادة الحساب التي طلبتم إبلاغكم بنهايتها: اكتملت.',
      'الحساب: \u2068Office\u2069 (1)',
      'من \u20662026-06-12\u2069 إلى \u20662026-06-14\u2069 (\u2066America/New_York\u2069)',
      'أُنجز منها 72 من أصل 72',
      '- وقت الاستجابة الأولى (بالثواني): قبل ',
      '، بعد 8,640؛ في الساعات الجديدة لا قيمة',
    ],
  ],
  // One in which no mail is written, and none at all.
  ['Spanish', 12, ['The backfill that you wanted to be told of has ended: it is completed.']],
  ['no language', null, ['The backfill that you wanted to be told of has ended: it is completed.']],
] as const)('an account whose language in Chatwoot is %s is told in it where mails are', async (_, locale, said) => {
  await run(database.pool, 'update accounts set locale = $1 where id = 1', [locale])
  try {
    const id = await rolled()
    expect([await tell(), (await send()).sent]).toEqual([1, 1])
    const { text = '', html = '' } = await PostalMime.parse(smtp.taken[0]!.raw)
    for (const line of said) expect(text).toContain(line)
    expect(text).toContain(`tidemark backfill show ${id}`)
    // Whatever is left in another language is not ours: commands, the reason, names.
    if (locale === 4 || locale === 1) expect(text).not.toMatch(/hours|before|Verification|Outcome|rows|Reopened|Resol/)
    expect(html).toContain(locale === 1 ? 'lang="ar" dir="rtl"' : locale === 4 ? 'lang="de" dir="ltr"' : 'lang="en" dir="ltr"')
  } finally {
    await run(database.pool, 'update accounts set locale = 0 where id = 1')
  }
})

test('a mail whose queueing fails half-way is neither lost nor doubled', async () => {
  await rolled()
  const dies = intercept(database.pool, {
    async after(text) {
      if (text.includes('insert into tidemark.deliveries')) throw new Error('killed')
    },
  })
  expect([await tell(dies), await subjects()]).toEqual([0, []])
  expect([await tell(), (await subjects()).length, await tell()]).toEqual([1, 1, 0])
})

test('called off and failed are told, too; what is tried again ends anew', async () => {
  const { id } = (await ask(body)).json
  await ask({}, 'token-1', `/${id}/cancel`)
  expect(await tell()).toBe(1)
  const failing = (await ask(body)).json.id
  const text = `update tidemark.backfills set state = 'failed', finished_at = now(), error = 'out of range' where id = $1`
  await run(database.pool, text, [failing])
  expect([await tell(), await tell()]).toEqual([1, 0])
  expect((await ask({}, 'token-1', `/${failing}/retry`)).status).toBe(200)
  expect(await tell()).toBe(0)
  await runBackfill(database.pool, 1, failing)
  expect([await tell(), await tell()]).toEqual([1, 0])
  expect((await subjects()).map(({ subject }) => subject).toSorted()).toEqual([
    `Backfill ${id} cancelled: Office`,
    `Backfill ${failing} completed: Office`,
    `Backfill ${failing} failed: Office`,
  ])
})

test('nobody is told who has not asked for it, nor of what Tidemark began by itself', async () => {
  const { notify: _, ...without } = body
  const { json } = await ask(without)
  expect(json.notify).toBe(false)
  // To be told is another request: nobody believes that he will be, and is not.
  const other = await ask(body)
  expect([other.status, other.json.detail]).toEqual([409, expect.stringContaining(`Backfill ${json.id} of account 1`)])
  await runBackfill(database.pool, 1, json.id)
  const own = await requestBackfill(database.pool, { accountId: 1, since: NOON - 86400, until: NOON, reason: 'a new zone' })
  await runBackfill(database.pool, 1, own.id)
  expect([await tell(), await subjects()]).toEqual([0, []])
})

const unsubscribeAnn = () =>
  run(database.pool, `insert into tidemark.suppressions values (1, 0, 'ann@example.com', 1, 'unsubscribed', null, now())`)
const oursOnly = () => {
  const policy = { external: true, domains: ['office.example'], mostRecipients: 10 }
  return setPolicy(database.pool, 1, policy, { ...byCommand(NOON), reason: 'ours only' })
}
const setRole = (role: number) =>
  run(database.pool, 'update account_users set role = $1 where account_id = 1 and user_id = 1', [role])

test('who administers the account no more, or wants no mail of it, is not written to', async () => {
  await rolled()
  await setRole(0)
  expect([await tell(), await tell(), await subjects()]).toEqual([0, 0, []])
  await setRole(1)
  await rolled()
  await unsubscribeAnn()
  expect([await tell(), await tell(), await subjects()]).toEqual([0, 0, []])
})

test('a mail that waits while the policy is made stricter is not sent', async () => {
  await rolled()
  expect(await tell()).toBe(1)
  await oursOnly()
  expect(await send()).toMatchObject({ sent: 0, skipped: 1 })
  expect(smtp.taken).toEqual([])
})

describe('it is refused, before anything starts,', () => {
  const refused = async (detail: string, token = 'token-1') => {
    expect(await ask(body, token)).toMatchObject({ status: 422, json: { detail: expect.stringContaining(detail) as string } })
    expect(await many(database.pool, 'select id from tidemark.backfills')).toEqual([])
  }

  test('with a token that belongs to nobody', async () => {
    const of = { name: 'robot', role: 'administrator', userId: null, expiresAt: null } as const
    await refused('belongs to no user', (await createToken(database.pool, 1, of, byCommand(NOON))).text)
    await refused('belongs to no user', (await createToken(database.pool, null, of, byCommand(NOON))).text)
  })

  test('by a user without an address', async () => {
    await run(database.pool, `update users set email = '' where id = 1`)
    await refused('no administrator of the account with an e-mail address')
  })

  test('where the policy of the account forbids it', async () => {
    await oursOnly()
    await refused('example.com is none of the domains')
  })

  test('by who wants no mail of the account', async () => {
    await unsubscribeAnn()
    await refused('has unsubscribed')
  })
})
