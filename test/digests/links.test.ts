// What a recipient opens from his mail, without logging in: over HTTP, with mails as they were delivered.
import { createHash } from 'node:crypto'
import type { Email } from 'postal-mime'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { artefactsOf } from '../../src/digests/files/artefacts.ts'
import { deliverQueued } from '../../src/digests/delivery/deliver.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { envelopeOf } from '../../src/digests/delivery/envelope-of.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { isoOf } from '../../src/time/local-text.ts'
import type { Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { snapshotById } from '../../src/digests/snapshot/stored-snapshot.ts'
import { signToken } from '../../src/signing.ts'
import { parseCsv } from '../support/csv.ts'
import { unzip } from '../support/unzip.ts'
import { readXlsx } from '../support/xlsx.ts'
import { DUE, rollDesk } from './desk.ts'
import { openServedDesk, type ServedDesk } from './served-desk.ts'

const DAY = 86400
const formats = ['inline', 'csv', 'zip', 'xlsx'] as const

let served: ServedDesk
beforeAll(async () => {
  served = await openServedDesk()
})
afterEach(() => served.clear())
afterAll(() => served.close())

/** What was delivered to the only, or to one, recipient of a digest. */
async function delivered({ id }: Digest, recipient = 'ana@example.com') {
  const delivery = await one<{ id: string; snapshotId: number }>(
    served.database.pool,
    `select id, snapshot_id as "snapshotId" from tidemark.deliveries
     where account_id = $1 and digest_id = $2 and recipient = $3 order by copy desc limit 1`,
    [served.desk.accountId, id, recipient],
  )
  const mail = await served.mailOf(delivery.id)
  return { ...delivery, mail, path: linkIn(mail) }
}

/** The path of the page that a mail links to; the host is that of the configuration. */
function linkIn({ html = '' }: Email, whole = false): string {
  const [, url, path] = /href="(https?:\/\/[^/"]+(\/digests\/[^/"]+))"/.exec(html) ?? []
  if (url === undefined || path === undefined) throw new Error('the mail has no link')
  return whole ? url : path
}

const open = (path: string, method = 'GET') => fetch(`${served.url}${path}`, { method, redirect: 'manual' })
const statusOf = async (path: string) => (await open(path)).status
const bytes = async (path: string) => Buffer.from(await (await open(path)).arrayBuffer())
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
const visits = () =>
  many<{ file: string | null; at: number }>(
    served.database.pool,
    'select file, extract(epoch from at)::float8 as at from tidemark.link_visits where account_id = $1 order by at, file nulls first',
    [served.desk.accountId],
  )

test('the page is the mail as it was sent to that person, with its pictures, and loads nothing', async () => {
  const digest = await served.sent({ recipients: ['ana@example.com', 'bo@example.com'], formats: [...formats] })
  const { mail, path } = await delivered(digest)
  const page = await open(path)
  const html = await page.text()
  const pictures = mail.attachments.filter(({ related }) => related)
  const shown = pictures.reduce(
    (text, { contentId = '', content }) =>
      text.replaceAll(
        `cid:${contentId.slice(1, -1)}`,
        `data:image/png;base64,${Buffer.from(content as ArrayBuffer).toString('base64')}`,
      ),
    mail.html ?? '',
  )
  expect(pictures).toHaveLength(4)
  // Nothing is attached to a page: where the mail names a file, the page links to it.
  const files = mail.attachments.filter(({ disposition }) => disposition === 'attachment')
  for (const { filename } of files) expect(html).toContain(`href="${linkIn(mail, true)}/files/${filename}"`)
  const unlinked = html.replaceAll(
    /<a class="accent" href="[^"]+\/files\/[^"]+" style="[^"]+"><bdi>(.*?)<\/bdi><\/a>/g,
    '<bdi>$1</bdi>',
  )
  expect([files.length, unlinked.trimEnd()]).toEqual([4, shown.trimEnd()])
  expect(html).not.toMatch(/<script|cid:|src="(?!data:image\/png;base64,)|url\(|@import/)
  expect(Object.fromEntries(page.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", // prettier-ignore
    'cache-control': 'no-store',
    'x-robots-tag': 'noindex, nofollow, noarchive',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  // The list as it is now has nothing to do with it.
  await run(served.database.pool, 'delete from tidemark.recipients where account_id = $1', [served.desk.accountId])
  expect(mail.html).toMatch(/added .*on .*5 Mar/)
  expect(await (await open(path)).text()).toBe(html)
  const other = await delivered(digest, 'bo@example.com')
  expect(other.path).not.toBe(path)
  expect(await (await open(other.path)).text()).toContain(other.id)
})

test('files are byte for byte those that were attached, and nothing else is there', async () => {
  const { mail, path } = await delivered(await served.sent({ formats: [...formats] }))
  const attached = mail.attachments.filter(({ disposition }) => disposition === 'attachment')
  expect(attached.map(({ filename }) => filename?.replace(/^.*2026-03-02/, ''))).toEqual([
    '.csv',
    '-daily.csv',
    '-csv.zip',
    '.xlsx',
  ])
  for (const { filename = '', content, mimeType } of attached) {
    const answer = await open(`${path}/files/${filename}`)
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${filename}`)
    expect([answer.headers.get('content-type')?.split(';')[0], answer.headers.get('cache-control')]).toEqual([
      mimeType,
      'no-store',
    ])
    expect(answer.headers.get('x-robots-tag')).toContain('noindex')
    expect([filename, sha256(Buffer.from(await answer.arrayBuffer()))]).toEqual([
      filename,
      sha256(Buffer.from(content as ArrayBuffer)),
    ])
    expect(mail.html).toContain(filename)
  }
  for (const name of ['', 'other.csv', '..%2f..%2fpackage.json', `${attached[0]?.filename}%00`, 'a/b']) {
    expect([name, await statusOf(`${path}/files/${name}`)]).toEqual([name, 404])
  }
  expect([await statusOf(`${path}/files`), await statusOf('/digests'), await statusOf('/digests/')]).toEqual([404, 404, 404])
  // Of what the digest does not send, nothing is to be had either.
  const plain = await delivered(
    await served.sent({ name: 'Plain', formats: ['inline', 'csv'], recipients: ['c@example.com'] }),
    'c@example.com',
  )
  expect(await statusOf(`${plain.path}/files/${attached.at(-1)?.filename}`)).toBe(404)
})

test('the figures are the same in the mail, on the page, in its files and in the API, whatever has become of the rows', async () => {
  const { desk, database } = served
  const digest = await served.sent({ formats: [...formats] })
  const { id, mail, path } = await delivered(digest)
  await run(database.pool, 'delete from conversations where account_id = $1 and id % 2 = 0', [desk.accountId])
  await run(database.pool, `update inboxes set name = 'renamed' where account_id = $1`, [desk.accountId])
  await rollDesk(database.pool, desk)

  const { json } = await served.ask<{ snapshot: { figures: Snapshot } }>('GET', `deliveries/${id}`)
  const { totals, tables } = json.snapshot.figures
  const conversations = String(totals.conversations_count.current.value)
  const response = totals.avg_first_response_time.current
  expect(Number(conversations)).toBeGreaterThan(10)

  const html = await (await open(path)).text()
  expect(html).toContain(`>${conversations}</p>`)
  expect(mail.html).toContain(`>${conversations}</p>`)
  expect(mail.text).toMatch(new RegExp(`New conversations +${conversations} `))
  expect(html).not.toContain('renamed')

  const stem = mail.attachments.find(({ filename }) => filename?.endsWith('.xlsx'))?.filename?.slice(0, -5) ?? ''
  const csv = await bytes(`${path}/files/${stem}.csv`)
  const [header = [], account = []] = parseCsv(csv.toString().replace(/^\ufeff/, ''))
  const cell = (name: string) => account[header.indexOf(name)]
  expect([cell('dimension'), cell('conversations_count')]).toEqual(['account', conversations])
  expect(Number(cell('avg_first_response_time_s'))).toBe(Math.round(response.value ?? NaN))
  expect(Number(cell('n_avg_first_response_time'))).toBe(response.n)
  expect(unzip(await bytes(`${path}/files/${stem}-csv.zip`)).get(`${stem}.csv`)?.text).toBe(csv.toString())
  const cells = [
    ...readXlsx(await bytes(`${path}/files/${stem}.xlsx`))
      .of('Inboxes')
      .cells.values(),
  ].map(({ value }) => value)
  for (const { name, figures } of tables.inboxes) {
    expect(cells).toContain(name)
    expect(cells).toContain(figures.conversations_count.current.value)
  }
})

test('a token that was tampered with, or is another’s, opens nothing; all of them are told the same', async () => {
  const { path } = await delivered(await served.sent())
  const token = path.slice('/digests/'.length)
  const [account = '', link = '', mark = ''] = token.split('.')
  const turned = (text: string, at: number) => text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
  const forged = [
    ...[0, 5, 20, mark.length - 1].map((at) => [account, link, turned(mark, at)].join('.')),
    [served.neighbour.accountId, link, mark].join('.'),
    [account, turned(link, 3), mark].join('.'),
    [account, link].join('.'),
    [account, link, mark, mark].join('.'),
    [account, link, mark.slice(0, -1)].join('.'),
    [account, link, mark.toUpperCase()].join('.'),
    signToken('unsubscribe', [account, link]),
    signToken('link', [account, link], 'another key of at least 32 characters'),
    signToken('link', [account, '00000000-0000-4000-8000-000000000000']),
    signToken('link', [served.neighbour.accountId, link]),
    signToken('link', [account, link, 'more']),
    signToken('link', ['x', 'y']),
    'x',
    '%00',
    'x'.repeat(3000),
  ]
  const bodies = new Set<string>()
  for (const text of forged) {
    for (const file of ['', '/files/desk-weekly-2026-03-02.csv']) {
      const answer = await open(`/digests/${text}${file}`)
      expect([text, answer.status, answer.headers.get('content-type')]).toEqual([text, 404, 'text/html; charset=utf-8'])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      bodies.add(await answer.text())
    }
  }
  expect([...bodies]).toEqual([expect.stringContaining('There is nothing at this address')])
  expect([await visits(), await statusOf(path)]).toEqual([[], 200])
})

test('a link opens until the end of its last day, and says what to do after', async () => {
  const { mail, path } = await delivered(await served.sent())
  // Sent on Monday 9 March at 08:00 in Berlin: a week later it still opens all day.
  expect(mail.text).toContain('16 Mar')
  const end = Date.parse('2026-03-17T00:00:00+01:00') / 1000
  served.now = end - 1
  expect(await statusOf(path)).toBe(200)
  served.now = end
  const over = await open(path)
  expect([over.status, await statusOf(`${path}/files/desk-weekly-2026-03-02.xlsx`)]).toEqual([410, 410])
  expect(await over.text()).toMatch(/This link has expired\. Ask whoever manages your reports/)
  expect(await visits()).toEqual([{ file: null, at: end - 1 }])
})

test('every use is recorded, and whoever manages digests sees them and may shut the link', async () => {
  const { id, path } = await delivered(await served.sent({ recipients: ['ana@example.com', 'bo@example.com'] }))
  served.now = DUE + 60
  await open(path)
  served.now = DUE + 120
  await open(`${path}/files/desk-weekly-2026-03-02.xlsx`)
  // Whoever only asks for the headers has opened nothing.
  expect([(await open(path, 'HEAD')).status, (await open(path, 'POST')).status]).toEqual([404, 404])
  const link = async () => (await served.ask<{ link: object }>('GET', `deliveries/${id}`)).json.link
  expect(await link()).toEqual({
    expires_at: '2026-03-16T23:00:00Z',
    revoked_at: null,
    revoked_by: null,
    visit_count: 2,
    visits: [
      { at: isoOf(DUE + 120), file: 'desk-weekly-2026-03-02.xlsx' },
      { at: isoOf(DUE + 60), file: null },
    ],
  })
  expect((await served.ask('DELETE', `deliveries/${id}/link`, undefined, served.neighbour)).status).toBe(404)
  expect(await statusOf(path)).toBe(200)
  served.now = DUE + 180
  const revoked = { revoked_at: isoOf(DUE + 180), revoked_by: served.desk.agents[0] }
  expect(await served.ask('DELETE', `deliveries/${id}/link`)).toMatchObject({ status: 200, json: revoked })
  served.now = DUE + 240
  expect(await served.ask('DELETE', `deliveries/${id}/link`)).toMatchObject({ status: 200, json: revoked })
  const shut = await open(path)
  expect([shut.status, await shut.text()]).toEqual([410, expect.stringContaining('This link was withdrawn.')])
  expect(await link()).toMatchObject({ ...revoked, visit_count: 3 })
  const acts = await many(
    served.database.pool,
    `select action, actor_kind || ' ' || actor_id as who, extract(epoch from at)::float8 as at, subject_kind as kind,
       subject_id as id, before, after
     from tidemark.audit_log where account_id = $1 and subject_kind = 'link'`,
    [served.desk.accountId],
  )
  // Withdrawn twice, and that is one act. It names the delivery: neither the address nor what opens the link.
  const [before, after] = [false, true].map((revoked) => ({ delivery: id, revoked }))
  expect(acts).toEqual([{ action: 'link.revoke', who: `user ${served.desk.agents[0]}`, at: DUE + 180, kind: 'link', id: null, before, after }]) // prettier-ignore
})

test('another attempt sends the same link; a mail that is sent again has its own', async () => {
  const { pool } = served.database
  const digest = await served.sent()
  const before = await delivered(digest)
  await run(
    pool,
    `update tidemark.deliveries set state = 'queued', finished_at = null, next_attempt_at = to_timestamp($2)
     where account_id = $1`,
    [served.desk.accountId, DUE],
  )
  served.now = DUE + 2 * DAY
  expect(await served.deliver()).toMatchObject({ written: 1 })
  const after = await delivered(digest)
  expect([after.mail.html, after.mail.text]).toEqual([before.mail.html, before.mail.text])

  await served.ask('POST', `deliveries/${before.id}/resend`)
  expect(await served.deliver()).toMatchObject({ written: 1 })
  const again = await delivered(digest)
  expect(again.path).not.toBe(before.path)
  expect([await statusOf(again.path), await statusOf(before.path)]).toEqual([200, 200])
  // What others are shown of it has none of his keys.
  for (const format of ['html', 'text']) {
    const { text } = await served.ask('GET', `deliveries/${again.id}/mail?format=${format}`)
    expect(text).toContain('/digests/withheld')
    expect(text).not.toMatch(/\/(digests|unsubscribe)\/\d/)
  }
})

test('what is too heavy to be attached is offered behind the link, with the same bytes', async () => {
  const { pool } = served.database
  const { accountId } = served.desk
  const { id, snapshotId } = await delivered(await served.sent({ formats: [...formats] }))
  const { snapshot, formats: wanted } = (await snapshotById(pool, accountId, snapshotId))!
  const [light, heavy] = [await artefactsOf(snapshot, wanted), await artefactsOf(snapshot, wanted, 1)]
  expect([heavy.attachments, heavy.linked.length]).toEqual([[], 4])
  const envelope = await envelopeOf(pool, { accountId, id }, { snapshot, formats: wanted, artefacts: heavy }, DUE)
  const mail = mailOf(snapshot, heavy, envelope)
  for (const { name, content } of light.attachments) {
    const [, path = ''] = new RegExp(`href="https?://[^/"]+(/digests/[^"]+/files/${name})"`).exec(mail.html) ?? []
    expect([name, sha256(await bytes(path))]).toEqual([name, sha256(content)])
    expect(mail.text).toContain(`/files/${name}`)
  }
})

test('one link can be opened so often within the hour, and not more', async () => {
  const { path } = await delivered(await served.sent({ recipients: ['ana@example.com', 'bo@example.com'] }))
  await open(path)
  await run(
    served.database.pool,
    `insert into tidemark.link_visits (account_id, link_id, at)
     select account_id, link_id, at from tidemark.link_visits, generate_series(1, 199) where account_id = $1`,
    [served.desk.accountId],
  )
  const refused = await open(path)
  expect([refused.status, await refused.text()]).toEqual([429, expect.stringContaining('very often within the hour')])
  expect(await visits()).toHaveLength(200)
  served.now = DUE + 3600
  expect(await statusOf(path)).toBe(200)
})

test('a delivery that was never sent has no link', async () => {
  const digest = await served.sent()
  await run(served.database.pool, 'delete from tidemark.links where account_id = $1', [served.desk.accountId])
  const { id, path } = await delivered(digest)
  expect(await statusOf(path)).toBe(404)
  expect((await served.ask<{ link: null }>('GET', `deliveries/${id}`)).json.link).toBeNull()
  expect((await served.ask('DELETE', `deliveries/${id}/link`)).status).toBe(404)
  expect(await deliverQueued(served.database.pool, DUE, { route: served.route })).toMatchObject({ written: 0 })
})

test('each recipient’s link shows the figures that he was sent, and no others', async () => {
  const lens = { inbox: [served.desk.inboxes[0]!] }
  const digest = await served.sent({ recipients: ['ana@example.com', { address: 'bo@example.com', lens }] })
  const counts = []
  for (const recipient of ['ana@example.com', 'bo@example.com']) {
    const { id, path } = await delivered(digest, recipient)
    const { json } = await served.ask<{ snapshot: { figures: Snapshot; lens: string } }>('GET', `deliveries/${id}`)
    const { value } = json.snapshot.figures.totals.conversations_count.current
    expect(await (await open(path)).text()).toContain(`>${value}</p>`)
    const [sheet] = readXlsx(await bytes(`${path}/files/desk-weekly-2026-03-02.xlsx`)).names
    expect(sheet).toBe('Summary')
    counts.push({ value, lens: json.snapshot.lens })
  }
  expect(counts[1]!.lens).toBe(JSON.stringify(lens))
  expect(counts[0]!.lens).toBe('')
  expect(counts[1]!.value).toBeLessThan(counts[0]!.value ?? 0)
})

test('whoever tries one address after the other is stopped, while real links go on opening', async () => {
  const { path } = await delivered(await served.sent())
  const statuses = new Set<number>()
  for (let i = 0; i < 61; i++) statuses.add(await statusOf(`/digests/guess${i}`))
  expect([...statuses]).toEqual([404, 429])
  const refused = await open('/digests/another')
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
  expect(await refused.text()).toContain('More than 60 requests a minute')
  expect(await statusOf(path)).toBe(200)
})
