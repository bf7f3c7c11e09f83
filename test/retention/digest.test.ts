// A digest whose comparison would need raw rows that were purged: it is sent without, says why in the mail and in its files, in
// every language, and its own figures are those of before the purge.
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { byCommand } from '../../src/audit/change.ts'
import { previewSnapshot } from '../../src/digests/composing/preview.ts'
import { createDigest, type Digest } from '../../src/digests/definition/digest.ts'
import { appendixOf } from '../../src/digests/files/appendix.ts'
import { mailOf } from '../../src/digests/mail/mail.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { languages, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { purge } from '../../src/retention/purge.ts'
import { berlinDefinition } from '../digests/desk.ts'
import { heartbeat, routeTo, slotStates } from '../digests/post.ts'
import { impossible, seen } from '../digests/reading.ts'
import { snapshotsOf } from '../digests/slots.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import type { TestDatabase } from '../support/database.ts'
import { DAY, keep, NOW, rolledDesk } from './desk.ts'

let database: TestDatabase
let smtp: SmtpRecorder
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  smtp = await startSmtp()
})
afterAll(async () => {
  vi.useRealTimers()
  await smtp?.close()
  await database?.drop()
})

// Berlin's days begin on half hours of Kolkata's clock: their edges are counted from raw rows.
const digest = (name: string, zone: string): Promise<Digest> =>
  createDigest(database.pool, 1, berlinDefinition({ name, zone }), byCommand(NOW - 5 * DAY))

const plain = (text: string) => text.replace(/\s+/g, ' ')
const figuresOf = (pairs: Snapshot['totals']) =>
  Object.fromEntries(Object.entries(pairs).map(([metric, pair]) => [metric, pair.current]))
const current = ({ totals, tables, daily }: Snapshot) => ({
  totals: figuresOf(totals),
  agents: tables.agents.map(({ id, figures }) => [id, figuresOf(figures)]),
  inboxes: tables.inboxes.map(({ id, figures }) => [id, figuresOf(figures)]),
  daily: daily.current,
})

test('a comparison that would need purged raw rows is left out, and the mail says why', async () => {
  const [berlin, kolkata] = [await digest('Berlin', 'Europe/Berlin'), await digest('Kolkata', 'Asia/Kolkata')]
  const before = await previewSnapshot(database.pool, berlin, NOW)
  expect(before).toMatchObject({ comparison: 'full', comparedWith: 'previous', period: { firstDate: '2026-05-04' } })
  // With a comparison, tables have rows also of who did nothing in the reported week.
  const alone = await previewSnapshot(database.pool, { ...berlin, comparison: 'none' }, NOW)
  // The reported week is kept, the one before only in part.
  await keep(database.pool, 1, { raw: 10 })
  await purge(database.pool, 1, { reason: 'test' })
  const previewed = await previewSnapshot(database.pool, berlin, NOW)
  expect(await heartbeat(database.pool, NOW, { route: routeTo(smtp) })).toMatchObject({ sent: 2 })
  expect(await slotStates(database.pool, berlin)).toEqual(['done'])
  const [stored] = await snapshotsOf(database.pool, berlin)
  for (const snapshot of [previewed, stored!.snapshot]) {
    expect(snapshot).toMatchObject({ comparison: 'purged', comparedWith: null, daily: { previous: [] }, corrections: [] })
    expect(current(snapshot)).toEqual(current(alone))
  }
  // Whole days of the account are rolled: nothing of this comparison needs raw rows.
  const [own] = await snapshotsOf(database.pool, kolkata)
  expect(own!.snapshot.comparison).toBe('full')

  const texts = await Promise.all(smtp.taken.map(async ({ raw }) => plain((await PostalMime.parse(raw)).text ?? '')))
  const of = (zone: string) => texts.find((text) => text.includes(zone))
  expect(of('Europe/Berlin')).toContain(wordsOf('en').comparisonPurged)
  expect(of('Asia/Kolkata')).toContain('compared with ')
  for (const language of languages) {
    const snapshot: Snapshot = { ...stored!.snapshot, language }
    const { comparisonPurged } = wordsOf(language)
    const { html, text } = mailOf(snapshot, { pictures: [], attachments: [], linked: [], inline: true })
    for (const part of [seen(html), plain(text)]) {
      expect(part.split(comparisonPurged).length - 1, `${language}: at the head and in short`).toBe(2)
      expect(part).not.toMatch(impossible)
    }
    expect(JSON.stringify(appendixOf(snapshot))).toContain(comparisonPurged)
  }
})
