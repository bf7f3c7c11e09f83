import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { Digest } from '../../src/digests/definition/digest.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { berlinDigest, openBerlin } from './desk.ts'

let database: TestDatabase
let desk: Desk
let digest: Digest
let folder: string
beforeAll(async () => {
  database = await createDeskDatabase()
  desk = await openBerlin(database.pool, 40)
  digest = await berlinDigest(database.pool, desk, { recipients: ['ana@example.com', 'bo@example.com'] })
  folder = await mkdtemp(join(tmpdir(), 'tidemark-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await database.drop()
})

/** Runs `tidemark digest …` an hour after the slot. Standard input is closed: nothing may wait for it. */
async function digestVerb(verb: string, ...options: string[]) {
  const given = ['digest', verb, '--account', String(desk.accountId), '--digest', String(digest.id), ...options]
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: folder,
    TIDEMARK_CLOCK: '2026-03-09T08:00:00Z',
    LOG_LEVEL: 'silent',
  }
  const { code, stdout, stderr } = await tidemark(given, env)
  return { code, out: stdout, err: stderr }
}

const outbox = () => readdir(join(folder, 'outbox')).catch(() => [])
const ledger = () => many(database.pool, 'select state from tidemark.deliveries where account_id = $1', [desk.accountId])

test('preview writes HTML, text, CSV, XLSX and pictures into a folder, and sends and stores nothing', async () => {
  const { code, out } = await digestVerb('preview', '--out', join(folder, 'preview'))
  expect(code).toBe(0)
  const names = await readdir(join(folder, 'preview'))
  expect(names.sort()).toEqual([
    'desk-weekly-2026-03-02-csv.zip',
    'desk-weekly-2026-03-02-daily.csv',
    'desk-weekly-2026-03-02.csv',
    'desk-weekly-2026-03-02.xlsx',
    'digest.html',
    'digest.txt',
    'hours-dark.png',
    'hours.png',
    'trend-dark.png',
    'trend.png',
  ])
  expect(out.trim().split('\n')).toHaveLength(names.length)
  const page = await readFile(join(folder, 'preview/digest.html'), 'utf8')
  expect(page).toContain('src="trend.png"')
  expect(page).not.toContain('cid:')
  expect(await outbox()).toEqual([])
  expect(await ledger()).toEqual([])
})

test('preview takes another week by a date in it or by its number, and refuses what is none', async () => {
  const previewed = (week: string) => digestVerb('preview', '--period', week, '--out', join(folder, 'other'), '--json')
  const [day, number, none, later] = await Promise.all(['2026-02-25', '2026-W09', '2026-W60', '2027-01-04'].map(previewed))
  for (const { code, out } of [day!, number!]) {
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ period: { first_date: '2026-02-23', last_date: '2026-03-01' } })
  }
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining('is no period') as string })
  expect(later).toMatchObject({ code: 2, err: expect.stringContaining('has not begun') as string })
})

test('test writes one mail marked [TEST] for the week that is due, and is no delivery of it', async () => {
  const { code, out } = await digestVerb('test', '--to', 'me@example.com')
  expect(code).toBe(0)
  expect(out).toContain('not sent')
  expect(out).toContain('[TEST] desk: week of 2 Mar')
  expect(await outbox()).toHaveLength(1)
  expect(await ledger()).toEqual([])
  expect(
    await many(database.pool, 'select recipient, state, period_start::text from tidemark.test_mails where account_id = $1', [
      desk.accountId,
    ]),
  ).toEqual([{ recipient: 'me@example.com', state: 'written', period_start: '2026-03-02' }])
  expect(await digestVerb('test', '--to', 'me@example.com\nBcc: you@example.com')).toMatchObject({ code: 2 })
})

test('run delivers the week that is due, and nothing the second time', async () => {
  const first = await digestVerb('run')
  expect(first).toMatchObject({ code: 0 })
  expect(first.out).toContain('2026-03-02 to 2026-03-08: done. 2 written.')
  expect(first.out).toContain('No SMTP_URL is set')
  expect(await outbox()).toHaveLength(3)
  const second = await digestVerb('run', '--json')
  expect(second.code).toBe(0)
  expect(JSON.parse(second.out)).toMatchObject({
    state: 'done',
    delivered: false,
    this_run: { written: 0, sent: 0 },
    deliveries: { written: 2 },
  })
  expect(await outbox()).toHaveLength(3)
})

test('what is not there or not given is refused without a question', async () => {
  expect(await digestVerb('run', '--digest', '99999')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no digest 99999') as string,
  })
  expect(await digestVerb('preview')).toMatchObject({ code: 2, err: expect.stringContaining('--out') as string })
})
