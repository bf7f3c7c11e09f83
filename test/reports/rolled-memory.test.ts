// A process remembers what it has added up of rolled rows: asked again it does not read them, and whatever is rolled, mended or purged
// in between, it says what one says that never was asked before.
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { many, openPool, run, transaction, type Client, type Pool } from '../../src/db.ts'
import type { Reading } from '../../src/reports/report.ts'
import { RolledMemory } from '../../src/reports/rolled-memory.ts'
import { purge } from '../../src/retention/purge.ts'
import { followZone } from '../../src/rollups/backfill/backfill.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'
import { answers, asked, DAY, keep, midnight, NOW, rolledDesk } from '../retention/desk.ts'
import type { TestDatabase } from '../support/database.ts'
import { whileLocked } from '../support/locked-tables.ts'
import { backfillAll, rollAll } from '../support/rolled-rows.ts'
import { requireWrittenAccounts } from '../support/written-account.ts'

let database: TestDatabase
let pool: Pool
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  database = await rolledDesk()
  pool = database.pool
})
afterEach(() => database.drop())
afterAll(() => vi.useRealTimers())

const month = { since: midnight(40), until: midnight(1) }
const names = ['conversations_count', 'resolutions_count', 'avg_first_response_time'] as const
const agents = (read: Reading) => read.totals({ dimension: 'agent', ...month, metrics: names })
const times = async (read: Reading) => {
  const rows = await read.spreads({ dimension: 'agent', ...month, bounds: [month.since, month.until], times: 'first_response' })
  return rows.map(({ id, bins }) => [id, ...bins])
}
const tags = (read: Reading) => read.tagged({ ...month, counted: 'conversations' })

/** What a process says that was just started. */
async function anew<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const fresh = openPool(database.url)
  const result = await work(fresh)
  await fresh.end()
  return result
}

const rolled = bucketTables.map((name) => `tidemark.${name}`)

test('who asks again is answered without a look at rolled rows, until something is rolled', async () => {
  const impatient = openPool(database.url, { statementTimeout: 500 })
  const ask = () => Promise.all([agents, times, tags].map((question) => asked(impatient, 1, question)))
  await expect(whileLocked(pool, rolled, ask)).resolves.toEqual(['refused', 'refused', 'refused'])
  const first = await ask()
  expect(first).not.toContain('refused')
  expect(new Set(first)).not.toContain('[]')
  expect(await whileLocked(pool, rolled, ask)).toEqual(first)
  await run(pool, 'insert into tidemark.dirty_hours (account_id, hour) values (1, to_timestamp($1))', [midnight(10)])
  await rollAll(pool)
  await expect(whileLocked(pool, rolled, ask)).resolves.toEqual(['refused', 'refused', 'refused'])
  expect(await ask()).toEqual(first)
  await impatient.end()
})

test(
  'whatever changes rolled rows, the next answers are those of a process that was just started',
  { timeout: 120_000 },
  async () => {
    const before = await answers(pool, 1)
    const changes: Record<string, () => Promise<unknown>> = {
      'events are nobody’s, labels are taken away': async () => {
        await run(pool, 'update reporting_events set user_id = null where account_id = 1 and id % 2 = 0')
        await run(pool, 'delete from taggings where id % 2 = 0')
        await rollAll(pool)
      },
      'a day has ended': async () => {
        vi.setSystemTime((NOW + DAY) * 1000)
        await run(pool, 'insert into tidemark.dirty_hours (account_id, hour) values (1, to_timestamp($1))', [NOW + DAY])
        await rollAll(pool)
      },
      'it follows another zone': async () => {
        await run(
          pool,
          `update accounts set settings = coalesce(settings, '{}') || '{"reporting_timezone": "Asia/Tokyo"}' where id = 1`,
        )
        expect(await followZone(pool, 1)).toBe(true)
        await backfillAll(pool, 1)
      },
      'old rows are purged': async () => {
        await keep(pool, 1, { raw: 20, hourly: 30, daily: 45 })
        expect(Object.keys(await purge(pool, 1, { reason: 'too old' })).sort()).toContain('rollup_hourly')
      },
    }
    let last = before
    for (const [what, change] of Object.entries(changes)) {
      await change()
      const told = await answers(pool, 1)
      expect([...told], what).toEqual([...(await anew((fresh) => answers(fresh, 1)))])
      if (what.startsWith('events')) expect([...told], what).not.toEqual([...last])
      last = told
    }
  },
)

test('it is as good as the account’s own row is old: rows that are changed behind its back go unnoticed until then', async () => {
  const first = await asked(pool, 1, agents)
  await run(pool, 'update tidemark.rollup_monthly set conversations = conversations + 1 where account_id = 1')
  await run(pool, 'update tidemark.rollup_daily set conversations = conversations + 1 where account_id = 1')
  expect(await asked(pool, 1, agents)).toBe(first)
  expect(await anew((fresh) => asked(fresh, 1, agents))).not.toBe(first)
  await requireWrittenAccounts(pool)
  const unnoticed = run(pool, 'update tidemark.rollup_daily set conversations = conversations - 1 where account_id = 1')
  await expect(unnoticed).rejects.toThrow('rolled rows of account 1 changed in rollup_daily, and its own row did not')
})

test('what an account is told is nobody else’s', async () => {
  const own = await asked(pool, 1, agents)
  const other = await asked(pool, 2, agents)
  expect(other).not.toBe(own)
  expect(other).toBe(await anew((fresh) => asked(fresh, 2, agents)))
})

test('it keeps so many rows, forgets what was asked for longest ago, and lets nobody change what it keeps', async () => {
  const memory = new RolledMemory()
  let read = 0
  const remember = (tx: Client, version: string, rows: number) =>
    memory.readerOf(tx, version)<{ n: number }>('select n, nextval($2) from generate_series(1, $1::int) as n', [rows, 'reads'])
  const count = async (tx: Client, version: string, rows: number) => {
    await remember(tx, version, rows)
    const { rows: found } = await tx.query<{ last: number }>('select last_value::int as last from reads')
    const [before, now] = [read, found[0]!.last]
    read = now
    return now - before
  }
  await transaction(pool, async (tx) => {
    await tx.query('create temporary sequence reads minvalue 0; select nextval($$reads$$)')
    expect(await count(tx, 'a', 100)).toBe(100)
    expect(await count(tx, 'a', 100)).toBe(0)
    expect(await count(tx, 'b', 100)).toBe(100)
    expect(await count(tx, 'a', 100)).toBe(100)
    // More than a tenth of its room is not kept.
    expect(await count(tx, 'a', 5001)).toBe(5001)
    expect(await count(tx, 'a', 5001)).toBe(5001)
    for (let rows = 4900; rows < 4910; rows++) expect(await count(tx, 'a', rows)).toBe(rows)
    expect(await count(tx, 'a', 4900)).toBe(0)
    expect(await count(tx, 'a', 4910)).toBe(4910)
    // The hundred went when there was no more room, then the one that was asked for least of late.
    expect(await count(tx, 'a', 100)).toBe(100)
    expect(await count(tx, 'a', 4900)).toBe(0)
    expect(await count(tx, 'a', 4901)).toBe(4901)
    const [row] = await remember(tx, 'a', 100)
    expect(() => Object.assign(row!, { n: 7 })).toThrow(TypeError)
  })
})

const tenTimes = (told: unknown) => Array.from({ length: 10 }, () => told)

/** Ten transactions that ask the same at the same time, with what comes of each. */
async function askAtOnce(ask: (tx: Client, number: number) => Promise<unknown>) {
  const wide = openPool(database.url, { statementTimeout: 2000 })
  const each = (_: unknown, number: number) => transaction(wide, (tx) => ask(tx, number))
  const told = await Promise.allSettled(Array.from({ length: 10 }, each))
  await wide.end()
  return told.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))
}

test('those who ask the same at once wait for the first of them; when it is cut off, the next one reads', async () => {
  await run(pool, 'create sequence reads')
  const memory = new RolledMemory()
  const slowly = 'select nextval($$reads$$)::int as n from pg_sleep($1)'
  const askOf = (version: string, seconds: number) => (tx: Client) => memory.readerOf(tx, version)(slowly, [seconds])
  expect(await askAtOnce(askOf('a', 0.3))).toEqual(tenTimes([{ n: 1 }]))
  expect(await askAtOnce((tx, number) => askOf(number < 5 ? 'b' : 'c', 0.3)(tx))).toEqual(
    expect.arrayContaining([[{ n: 2 }], [{ n: 3 }]]),
  )
  expect(await run(pool, 'select nextval($$reads$$)')).toBe(1)
  const cutOff = async (tx: Client, number: number) => {
    if (number > 0) await vi.waitFor(async () => expect(await sleepers()).not.toEqual([]))
    const asked = askOf('d', 1)(tx)
    if (number === 9) await run(pool, 'select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [await sleepers()])
    return asked
  }
  const told = await askAtOnce(cutOff)
  expect(told.filter((one) => typeof one === 'string')).toHaveLength(1)
  expect(told).toEqual(expect.arrayContaining([expect.stringContaining('terminat'), [{ n: 5 }]]))
  expect(await askAtOnce(askOf('e', 3))).toEqual(tenTimes(expect.stringContaining('statement timeout')))
})

/** The backends of this database that sleep. */
async function sleepers(): Promise<number[]> {
  const text = `select pid from pg_stat_activity where datname = current_database() and query ~ 'pg_sleep.\\$1' and state = 'active'`
  return (await many<{ pid: number }>(pool, text)).map(({ pid }) => pid)
}

test('no text for a value is another’s: none, nothing and no bound', async () => {
  const memory = new RolledMemory()
  await transaction(pool, async (tx) => {
    const remember = memory.readerOf(tx, 'a')
    const statement = 'select $1::float8[] is null as none, cardinality($1::float8[]) as n, $2::float8 as bound'
    const answersTo = async (values: unknown[]) => (await remember(statement, values))[0]
    expect(await answersTo([null, 1])).toEqual({ none: true, n: null, bound: 1 })
    expect(await answersTo([[], 1])).toEqual({ none: false, n: 0, bound: 1 })
    expect(await answersTo([[], -Infinity])).toEqual({ none: false, n: 0, bound: -Infinity })
    expect(await answersTo([[], null])).toEqual({ none: false, n: 0, bound: null })
    expect(await answersTo([[], Infinity])).toEqual({ none: false, n: 0, bound: Infinity })
  })
})
