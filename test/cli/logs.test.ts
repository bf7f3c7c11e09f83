// What processes write on standard error: every line says by ids what it is about, under one name each, and tells nobody's name,
// address or token, nor a value of a row.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { run } from '../../src/db.ts'
import { createDigest } from '../../src/digests/definition/digest.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { openBerlin } from '../digests/desk.ts'
import { startSmtp, type SmtpRecorder } from '../digests/smtp.ts'
import type { TestDatabase } from '../support/database.ts'
import { createDeskDatabase, type Desk } from '../support/desk.ts'
import { startTidemark, type Running } from '../support/processes.ts'
import { sourcesIn } from '../support/sources.ts'
import { freePort } from '../support/free-port.ts'

const PERSON = 'Quixley Brandtner'
const READER = 'quixley@customers.example'

let database: TestDatabase
let desk: Desk
let smtp: SmtpRecorder
beforeAll(async () => {
  database = await createDeskDatabase()
  const { pool } = database
  desk = await openBerlin(pool, 20)
  await run(pool, `update users set name = $1, email = 'agent' || id || '.brandtner@desk.example'`, [PERSON])
  smtp = await startSmtp()
})
afterAll(async () => {
  await smtp.close()
  await database.drop()
})

type Line = Record<string, unknown>
/** What a process has written. */
const linesOf = (process: Running) =>
  process
    .output()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** Whoever is added to a digest is welcomed; here PostgreSQL refuses that and quotes whom. */
const refuseWelcomes = `
  create function refuse_welcome() returns trigger language plpgsql as $$ begin
    if new.notice_key like 'welcome/%' then
      perform ('"' || (select name from users limit 1) || '" <' || new.recipient || '>')::int;
    end if;
    return new;
  end $$;
  create trigger refuse_welcome before insert on tidemark.deliveries for each row execute function refuse_welcome()`

/** Changed hours, and a digest that became due half an hour ago. */
async function giveWork(): Promise<void> {
  const { pool } = database
  const now = Date.now() / 1000
  await pool.query(refuseWelcomes)
  const time = new Date((now - 1800) * 1000).toISOString().slice(11, 16)
  const recipients = [{ address: READER }]
  const digest = { name: `Of ${PERSON}`, zone: 'UTC', cadence: { every: 'day' as const, time }, recipients, patienceHours: 0 }
  await createDigest(pool, desk.accountId, { ...digest, formats: ['inline'] }, byCommand(now - 7200))
  await run(
    pool,
    `insert into tidemark.dirty_hours (account_id, hour)
     select account_id, created_at at time zone 'UTC' from conversations where account_id = $1::bigint limit 1`,
    [desk.accountId],
  )
}

const names = (line: Line) => Object.keys(line).filter((key) => !/^[a-z]+(_[a-z]+)*$/.test(key))

test('of a digest that is delivered, and of a job that fails', { timeout: 180_000 }, async () => {
  await giveWork()
  const env = { SMTP_URL: smtp.url, PROBE_PORT: '0', LOG_LEVEL: 'info' }
  const worker = startTidemark(database.url, ['worker'], env)
  const said = (job: string, msg: string) => linesOf(worker).filter((line) => line.job === job && line.msg === msg)
  await vi.waitFor(
    () => {
      expect(said('deliver-digests', 'job done').some(({ sent }) => sent === 1)).toBe(true)
      expect(said('roll-account', 'job done')).not.toEqual([])
      expect(said('plan-digests', 'job failed and is tried again')).not.toEqual([])
    },
    { timeout: 120_000, interval: 200 },
  )
  expect(smtp.addressed).toContain(READER)
  await worker.kill()
  const id = expect.stringMatching(/./) as string
  expect(said('roll-account', 'job done')[0]).toMatchObject({ job_id: id, account_id: desk.accountId })
  expect(said('plan-digests', 'job failed and is tried again')[0]).toMatchObject({
    job_id: id,
    reason: 'invalid input syntax for type integer: "…"',
    stack: expect.stringMatching(/^error: invalid input syntax for type integer: "…"\n {4}at /) as string,
  })
  expect(linesOf(worker).flatMap(names)).toEqual([])
  expect(worker.output()).not.toMatch(/@|quixley|brandtner/i)
})

test('of requests, also of those that are about an account below /api/v1/admin', { timeout: 180_000 }, async () => {
  const { pool } = database
  const { accountId } = desk
  const input = { name: PERSON, role: 'administrator', userId: null, expiresAt: null } as const
  const [own, operator] = [
    (await createToken(pool, accountId, input, byCommand(Date.now() / 1000))).text,
    (await createToken(pool, null, input, byCommand(Date.now() / 1000))).text,
  ]
  const backfill = await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: PERSON })
  const port = await freePort()
  const web = startTidemark(database.url, ['serve'], { PORT: String(port), LOG_LEVEL: 'info' })
  const base = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => expect((await fetch(`${base}/readyz`)).status).toBe(200), { timeout: 60_000, interval: 200 })
  const asked: [string, string, number, number | undefined][] = [
    [`/api/v1/accounts/${accountId}/reports/summary?since=2026-03-02&until=2026-03-09`, own, 200, accountId],
    [`/api/v1/accounts/${accountId}/digests/${READER}`, own, 404, accountId],
    ['/api/v1/admin/rollups/status', own, 200, accountId],
    [`/api/v1/admin/rollups/status?account_id=${accountId}`, operator, 200, accountId],
    [`/api/v1/admin/backfills/${backfill.id}`, operator, 200, accountId],
    ['/api/v1/admin/rollups/status', operator, 200, undefined],
    ['/api/v1/admin/rollups/status?account_id=987654', operator, 404, undefined],
    ['/api/v1/admin/audit', `tmk_${'x'.repeat(43)}`, 401, undefined],
    [`/${PERSON}/${READER}`, own, 404, undefined],
  ]
  for (const [n, [path, token, status]] of asked.entries()) {
    const answer = await fetch(base + path, { headers: { api_access_token: token, 'x-request-id': `proxy-${n}` } })
    expect({ path, status: answer.status }).toEqual({ path, status })
  }
  await vi.waitFor(() => expect(linesOf(web).filter(({ msg }) => msg === 'request')).toHaveLength(asked.length))
  await web.kill()
  for (const [n, [, , status, account]] of asked.entries()) {
    const line = linesOf(web).find(({ request_id }) => request_id === `proxy-${n}`)
    expect({ n, status: line?.status, account: line?.account_id }).toEqual({ n, status, account })
  }
  expect(linesOf(web).flatMap(names)).toEqual([])
  expect(web.output()).not.toMatch(/@|quixley|brandtner/i)
  for (const token of [own, operator]) expect(web.output()).not.toContain(token.slice(10))
})

test('nowhere is anything logged under a name in another spelling', () => {
  const calls = ['src', 'jobs'].flatMap((folder) =>
    sourcesIn(folder, '.ts').flatMap(({ path, text }) =>
      [...text.matchAll(/\b[Ll]og(?:\.\w+|\[[^\]]*\])\(\s*\{([^}]*)\}/g)].map(([, fields = '']) => ({ path, fields })),
    ),
  )
  expect(calls.length).toBeGreaterThan(15)
  const keys = calls.flatMap(({ path, fields }) =>
    [...fields.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, key = '']) => ({ path, key })),
  )
  expect(keys).toContainEqual({ path: 'src/worker.ts', key: 'job_id' })
  expect(keys.filter(({ key }) => /[A-Z]/.test(key))).toEqual([])
})
