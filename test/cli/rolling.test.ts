// The verbs of rolling, run as an administrator runs them: what they print, and the exit codes that scripts rely on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, one, run } from '../../src/db.ts'
import { tinyDesk } from '../../src/demo/desk.ts'
import { generateDesk } from '../../src/demo/generate.ts'
import { dirtyAccounts, rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { tidemark } from '../support/command.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'

const NOW = Date.UTC(2026, 4, 11) / 1000
let database: TestDatabase
const command = (...args: string[]) =>
  tidemark(args, { DATABASE_URL: database.url, TIDEMARK_CLOCK: new Date(NOW * 1000).toISOString() })

beforeAll(async () => {
  database = await createStandalone()
  await generateDesk(database.pool, { seed: 7, accounts: tinyDesk(), now: NOW })
  await run(database.pool, 'insert into tidemark.accounts (account_id) select id from accounts on conflict do nothing')
  // Nothing is covered: the load's marks are taken off the log and concern nobody.
  for (const id of await dirtyAccounts(database.pool)) await rollDirty(database.pool, id, undefined, NOW)
})
afterAll(() => database.drop())

test('a backfill asks for --yes, and changes nothing without it', async () => {
  const { code, stderr } = await command('backfill', '--account', '1', '--reason', 'first')
  expect({ code, asked: stderr.includes('--yes') }).toEqual({ code: 2, asked: true })
  expect(await many(database.pool, 'select id from tidemark.backfills')).toEqual([])
})

test('a backfill returns when it is done, and status, verify and the stored row agree that it is', async () => {
  const done = await command('--json', 'backfill', '--account', '1', '--reason', 'first', '--yes')
  expect(done.code).toBe(0)
  const { state, progress, report } = JSON.parse(done.stdout) as Record<string, Record<string, unknown>>
  expect({ state, hours: progress!.hours_done }).toEqual({ state: 'completed', hours: progress!.hours_total })
  expect(report).toMatchObject({ hours: { new: progress!.hours_total, failed: 0 }, verification: { differing: 0 } })

  const status = await command('--json', 'rollup', 'status', '--account', '1')
  const { accounts } = JSON.parse(status.stdout) as { accounts: Record<string, unknown>[] }
  const everything = { covered: [{ since: null, until: null }] }
  expect(accounts).toMatchObject([{ account_id: 1, zone: 'Asia/Kolkata', grains: { hour: everything, day: everything } }])

  const verified = await command('--json', 'rollup', 'verify', '--account', '1')
  expect({ code: verified.code, differing: JSON.parse(verified.stdout).differing }).toEqual({ code: 0, differing: 0 })
})

test(
  'verify finds planted corruptions of hours, days, months, histograms and tags, names them and exits 3',
  { timeout: 180_000 },
  async () => {
    const corrupt = (statement: string) => run(database.pool, statement)
    const at = (table: string) =>
      `(account_id, dimension, bucket, dimension_id) = (select account_id, dimension, bucket, dimension_id from tidemark.${table}
      where account_id = 1 and dimension = 1 order by bucket desc limit 1)`
    await corrupt(`update tidemark.rollup_hourly set conversations = conversations + 1 where ${at('rollup_hourly')}`)
    await corrupt(`update tidemark.rollup_daily set reply_value_sum = reply_value_sum + 1 where ${at('rollup_daily')}`)
    await corrupt(`delete from tidemark.rollup_monthly where ${at('rollup_monthly')}`)
    await corrupt(`update tidemark.histogram_daily set reply_value = '{1025}' where ${at('histogram_daily')}`)
    const tags = (order: string) => `(account_id, bucket, tag_id, inbox_id) =
    (select account_id, bucket, tag_id, inbox_id from tidemark.tagged_daily where account_id = 1 order by bucket ${order} limit 1)`
    await corrupt(`update tidemark.tagged_daily set outgoing_messages = outgoing_messages + 1 where ${tags('desc')}`)
    await corrupt(`delete from tidemark.tagged_daily where ${tags('asc')}`)
    await corrupt(
      `insert into tidemark.tagged_monthly select 1, min(bucket), 999, 1, 1, 0 from tidemark.tagged_monthly where account_id = 1`,
    )
    const { code, stdout } = await command('--json', 'rollup', 'verify', '--account', '1')
    expect(code).toBe(3)
    const tables = (JSON.parse(stdout) as { differences: { table: string }[] }).differences.map((difference) => difference.table)
    expect(new Set(tables)).toEqual(
      new Set(['rollup_hourly', 'rollup_daily', 'rollup_monthly', 'histogram_daily', 'tagged_daily', 'tagged_monthly']),
    )
    // A month is counted from its days, but a day that is wrong does not make its month look wrong as well.
    expect(tables).toHaveLength(7)

    expect((await command('rollup', 'verify', '--account', '1', '--repair')).code).toBe(3)
    const again = await command('--json', 'rollup', 'verify', '--account', '1')
    expect({ code: again.code, ...JSON.parse(again.stdout) }).toMatchObject({ code: 0, differing: 0, match_rate: 1 })
    const listed = await command('--json', 'rollup', 'mismatches', '--account', '1')
    expect((JSON.parse(listed.stdout) as { table: string }[]).map((one) => one.table).sort()).toEqual(tables.sort())
  },
)

test('a second backfill of an account is told the first one’s id and exits 4', async () => {
  const { id } = await one<{ id: number }>(
    database.pool,
    `insert into tidemark.backfills (account_id, since, until, reason) values (2, '2026-04-01', '2026-04-02', 'held') returning id`,
  )
  const { code, stderr } = await command('backfill', '--account', '2', '--reason', 'other', '--yes')
  expect({ code, told: stderr.includes(`Backfill ${id} `) }).toEqual({ code: 4, told: true })
  await run(database.pool, `delete from tidemark.backfills where account_id = 2`)
})

test('wrong input exits 2 with a sentence and no stack trace', { timeout: 180_000 }, async () => {
  for (const args of [
    ['backfill', '--account', 'x', '--reason', 'r', '--yes'],
    ['backfill', '--account', '1', '--since', 'yesterday', '--reason', 'r', '--yes'],
    ['backfill', '--account', '1', '--since', '2026-05-02', '--until', '2026-05-01', '--reason', 'r', '--yes'],
    ['backfill', '--account', '999', '--reason', 'r', '--yes'],
    ['rollup', 'verify'],
    ['no-such-verb'],
  ]) {
    const { code, stderr } = await command(...args)
    expect({ args, code, stack: /\n\s+at /.test(stderr), said: stderr.trim() !== '' }).toEqual({
      args,
      code: 2,
      stack: false,
      said: true,
    })
  }
})
