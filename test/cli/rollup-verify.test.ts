// `rollup verify` as somebody runs it who wants to know whether rollups are right: what it prints, and its exit codes; and what the
// log says of what reconciliation finds.
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { reconcile } from '../../jobs/reconcile.ts'
import { many, run } from '../../src/db.ts'
import type { JobContext } from '../../src/job.ts'
import { followZone } from '../../src/rollups/backfill/backfill.ts'
import { ledgerOf } from '../../src/rollups/freshness/ledger.ts'
import { serve } from '../http/desk.ts'
import { createToken } from '../../src/access/tokens.ts'
import { byCommand } from '../../src/audit/change.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { CLOSED, createDeskDatabase, openDesk, OPENED, withoutMarks, writeHistory, type Desk } from '../support/desk.ts'
import { backfillAll } from '../support/rolled-rows.ts'

let db: TestDatabase
let desk: Desk
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: CLOSED * 1000 })
  db = await createDeskDatabase()
  desk = await openDesk(db.pool, 'America/New_York')
  await withoutMarks(db.pool, desk.accountId, (tx) => writeHistory(tx, desk, 20, OPENED, CLOSED - 3600))
  await backfillAll(db.pool, desk.accountId)
})
afterAll(async () => {
  vi.useRealTimers()
  await db.drop()
})

const verify = (...args: string[]) =>
  tidemark(['rollup', 'verify', '--account', String(desk.accountId), ...args], {
    DATABASE_URL: db.url,
    TIDEMARK_CLOCK: new Date(CLOSED * 1000).toISOString(),
  })
const falsify = (day: string) =>
  run(
    db.pool,
    `update tidemark.rollup_daily set conversations = conversations + 3
     where account_id = $1 and dimension = 0 and bucket = $2::timestamp at time zone 'America/New_York'`,
    [desk.accountId, day],
  )

test('how many rows agree is told, and each that does not with what it is and should be', { timeout: 120_000 }, async () => {
  const clean = await verify()
  expect(clean.code).toBe(0)
  expect(clean.stdout).toMatch(/^\d+ days, \d+ hours recomputed: 100 % of (\d+) rows agree\.\n$/)

  const range = ['--since', '2026-03-03', '--until', '2026-03-04']
  expect(await falsify('2026-03-03')).toBe(1)
  const wrong = await verify(...range)
  const told = /^1 days, 24 hours recomputed: (\d+(?:\.\d+)?) % of (\d+) rows agree; 1 differ\.\n {2}(.*)\n$/.exec(wrong.stdout)
  const [, share, rows, difference] = told ?? []
  expect({ code: wrong.code, share: Number(share) }).toEqual({
    code: 3,
    share: Math.floor((1 - 1 / Number(rows)) * 10_000) / 100,
  })
  const { accountId } = desk
  expect(difference).toMatch(
    new RegExp(`^rollup_daily 2026-03-03T05:00:00Z dimension 0 id ${accountId}: conversations is (\\d+), should be (\\d+)$`),
  )
  const [, is, should] = /is (\d+), should be (\d+)/.exec(difference!)!
  expect(Number(is) - Number(should)).toBe(3)

  expect((await verify(...range, '--repair')).stdout).toContain('; 1 differ and were made anew.')
})

test('a sample looks at a share of the days; what is no share is refused', { timeout: 120_000 }, async () => {
  const days = async (...args: string[]) => {
    const { code, stdout } = await verify('--json', ...args)
    expect(code).toBe(0)
    const { days_total, days: looked } = JSON.parse(stdout) as Record<string, number>
    expect(looked).toBe(days_total)
    return looked!
  }
  const all = await days()
  expect([await days('--sample', '25%'), await days('--sample', '0.1%')]).toEqual([Math.round(all / 4), 1])
  const { code, stderr } = await verify('--sample', '101%')
  expect({ code, said: stderr.includes('Give a share such as 5%') }).toEqual({ code: 2, said: true })
})

test('each row that reconciliation found wrong is in the log, with its account', async () => {
  const { accountId } = desk
  expect(await falsify('2026-03-08')).toBe(1)
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const context = { pool: db.pool, signal: new AbortController().signal, log } as unknown as JobContext
  expect(await reconcile.run({}, context)).toMatchObject({ accounts: 1, mismatches: 1 })
  const place = {
    table: 'rollup_daily',
    bucket: Date.parse('2026-03-08T05:00:00Z') / 1000,
    dimension: 0,
    dimension_id: accountId,
  }
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 40, account_id: accountId, ...place, msg: 'a rolled row was wrong and was made anew' },
    { level: 40, account_id: accountId, rows: 1, msg: 'rolled rows were wrong and were made anew' },
  ])
  // What it held is in the table of mismatches, and in no log.
  expect(lines.join('')).not.toContain('conversations')
})

test(
  'a date is one of the days that the grid shows, where they follow another clock than the account’s',
  { timeout: 120_000 },
  async () => {
    const { accountId } = desk
    await run(db.pool, `update tidemark.accounts set raw_since = $2 where account_id = $1`, [accountId, '2026-03-01 05:00Z'])
    await run(db.pool, `update accounts set settings = '{"reporting_timezone": "Asia/Tokyo"}' where id = $1`, [accountId])
    expect(await followZone(db.pool, accountId)).toBe(false)
    const since = Date.parse('2026-03-02T05:00:00Z') / 1000
    const { days } = await ledgerOf(db.pool, { accountId, since, until: since + 86_400 }, CLOSED)
    expect(days).toMatchObject([{ date: '2026-03-02', from: since }])

    const looked = async (ask: () => Promise<unknown>) => {
      await run(db.pool, 'delete from tidemark.verified_days where account_id = $1', [accountId])
      await ask()
      const text = 'select extract(epoch from day)::float8 as day from tidemark.verified_days where account_id = $1 order by 1'
      return (await many<{ day: number }>(db.pool, text, [accountId])).map(({ day }) => day)
    }
    expect(await looked(() => verify('--since', '2026-03-02', '--until', '2026-03-03'))).toEqual([since])

    const app = serve(db.pool, { clock: () => CLOSED })
    const token = { name: 'admin', role: 'administrator', userId: null, expiresAt: null } as const
    const { text } = await createToken(db.pool, accountId, token, byCommand(CLOSED))
    const asked = { account_id: accountId, since: '2026-03-02', until: '2026-03-03' }
    const post = {
      method: 'POST',
      url: '/api/v1/admin/rollups/verify',
      headers: { api_access_token: text },
      payload: asked,
    } as const
    expect(await looked(async () => expect((await app.inject(post)).json()).toMatchObject({ days: 1, hours: 24 }))).toEqual([
      since,
    ])
    await app.close()
  },
)
