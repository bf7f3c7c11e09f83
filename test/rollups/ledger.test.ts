// The state of every bucket, against a slow reading of the same tables: quarter hour by quarter hour, in SQL, by the wall clock.
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many, run, transaction } from '../../src/db.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { bucketZone } from '../../src/rollups/backfill/backfill-days.ts'
import { lockRolls } from '../../src/rollups/coverage.ts'
import { dirtyQuarters } from '../../src/rollups/rolling/dirty.ts'
import { accountsGrid, type TypedRange } from '../../src/rollups/freshness/accounts-grid.ts'
import { ledgerOf, type BucketState, type Ledger } from '../../src/rollups/freshness/ledger.ts'
import { rollDirty, spreadMarks } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { instantFrom } from '../../src/time/instant-text.ts'
import type { TestDatabase } from '../support/database.ts'
import {
  CLOSED,
  createDeskDatabase,
  instantIn,
  OPENED,
  openDesk,
  withoutMarks,
  writeHistory,
  type Desk,
} from '../support/desk.ts'
import { randomOf, scaled } from '../support/seed.ts'

const zones = ['Asia/Kolkata', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kathmandu', 'America/Asuncion', 'Europe/Berlin']
let database: TestDatabase
const desks: (Desk & { zone: string })[] = []

beforeAll(async () => {
  database = await createDeskDatabase()
  for (const zone of zones) {
    const desk = await openDesk(database.pool, zone)
    await withoutMarks(database.pool, desk.accountId, (tx) => writeHistory(tx, desk, 30))
    desks.push({ ...desk, zone })
  }
})
afterAll(() => database.drop())

async function backfill(accountId: number, since: number, until: number): Promise<void> {
  const { id } = await requestBackfill(database.pool, { accountId, since, until, reason: 'test' })
  await runBackfill(database.pool, accountId, id)
}

interface Slow {
  date: string
  state: BucketState
  hours: Record<string, number>
}

/**
 * Quarter by quarter: where it lies on the wall clock (in a fold over midnight the second pass belongs to the later day), and
 * which of the states hold. An hour has the first that holds in any of its quarters, a day in any of its hours.
 */
async function slowly({ accountId, zone }: { accountId: number; zone: string }, from: number, until: number): Promise<Slow[]> {
  const wide = await dirtyQuarters(database.pool, accountId, from)
  const dirty = wide === 'everything' ? 'everything' : wide.map(({ quarter }) => quarter)
  const rows = await many<{ date: string; hour: string; states: BucketState[] }>(
    database.pool,
    `with quarter as (
       select q, max((q at time zone $2)::date) over (order by q)::text as date,
         date_trunc('hour', q at time zone $2) || ' ' || (q at time zone 'UTC' - q at time zone $2) as hour
       from generate_series(to_timestamp($3), to_timestamp($4) - interval '15 minutes', '15 minutes') as q
     )
     select date, hour, array_agg(distinct case
       when q < coalesce(a.raw_since, '-infinity') and (not a.covered @> q or q < coalesce(a.hourly_since, '-infinity')) then 'purged'
       when q < coalesce(a.raw_since, '-infinity') then 'ok'
       when not a.covered @> q and a.outdated @> q then 'outdated'
       when not a.covered @> q then 'missing'
       when exists (select from tidemark.dirty_hours d where d.account_id = $1 and d.hour = q and failures > 0) then 'failed'
       when $5 or extract(epoch from q)::float8 = any ($6::float8[]) then 'dirty'
       else 'ok' end) as states
     from quarter join tidemark.accounts a on a.account_id = $1
     group by date, hour order by min(q)`,
    [accountId, zone, from, until, dirty === 'everything', dirty === 'everything' ? [] : dirty],
  )
  const [account] = await many<{ raw: number | null; daily: number | null; verified: string[] }>(
    database.pool,
    `select extract(epoch from raw_since)::float8 as raw, extract(epoch from daily_since)::float8 as daily,
       array(select (day at time zone $2)::date::text from tidemark.verified_days v where v.account_id = $1) as verified
     from tidemark.accounts where account_id = $1`,
    [accountId, zone],
  )
  const order: BucketState[] = ['purged', 'missing', 'outdated', 'failed', 'dirty', 'ok']
  const gravest = (states: BucketState[]) => order.find((state) => states.includes(state))!
  const days: Slow[] = []
  for (const date of new Set(rows.map((row) => row.date))) {
    const isVerified = account!.verified.includes(date)
    const named = (state: BucketState) => (state === 'ok' && isVerified ? 'verified' : state)
    const hours = rows.filter((row) => row.date === date).map((row) => gravest(row.states))
    const counts: Record<string, number> = {}
    for (const state of hours) counts[named(state)] = (counts[named(state)] ?? 0) + 1
    days.push({ date, state: named(gravest(hours)), hours: counts })
  }
  return days
}

const told = ({ days }: Ledger): Slow[] =>
  days.map(({ date, state, hours }) => {
    const counts: Record<string, number> = {}
    for (const hour of hours) counts[hour.state] = (counts[hour.state] ?? 0) + 1
    return { date, state, hours: counts }
  })

/** Over the changes of clocks of March and April. */
const ledger = (accountId: number, since = OPENED - 3 * 86400, until = CLOSED + 30 * 86400, now = until) =>
  ledgerOf(database.pool, { accountId, since, until }, now)

test('every day and hour is in the state that a slow look finds, in zones of every kind, whatever happened', async () => {
  const random = randomOf('ledger')
  const seen = new Set<BucketState>()
  const wanted: BucketState[] = ['missing', 'dirty', 'ok', 'verified', 'outdated', 'failed']
  const stories = scaled('TIDEMARK_LEDGERS', 12)
  // States that did not occur prove nothing: more stories are told until each has.
  const enough = () => wanted.every((state) => seen.has(state))
  for (let story = 0; story < stories || (!enough() && story < 8 * stories); story++) {
    const desk = desks[story % desks.length]!
    const { accountId } = desk
    const day = () => Math.floor(random.between(OPENED, CLOSED) / 86400) * 86400
    const stretch = () => {
      const from = day()
      return [from, from + random.between(1, 6) * 86400] as const
    }
    if (random.chance(0.8)) await backfill(accountId, ...stretch())
    if (random.chance(0.5)) await backfill(accountId, ...stretch())
    for (let change = 0; change < 5; change++) {
      const at = new Date(instantIn(random) * 1000).toISOString()
      await run(
        database.pool,
        `insert into messages (account_id, conversation_id, inbox_id, message_type, created_at, updated_at) values ($1, $2, $3, 0, $4, now())`,
        [accountId, random.pick(desk.conversations), desk.inboxes[0], at],
      )
      if (random.chance(0.2)) await rollDirty(database.pool, accountId, undefined, CLOSED)
    }
    if (random.chance(0.3))
      await run(database.pool, 'update conversations set team_id = $2 where id = $1', [
        random.pick(desk.conversations),
        desk.teams[1],
      ])
    if (random.chance(0.4))
      await run(
        database.pool,
        `update tidemark.dirty_hours set failures = 2, retry_at = now() + interval '1 hour', error = 'out of range'
         where account_id = $1 and hour = (select min(hour) from tidemark.dirty_hours where account_id = $1 and hour > to_timestamp($2))`,
        [accountId, random.between(OPENED, CLOSED)],
      )
    if (random.chance(0.4))
      await run(
        database.pool,
        `update tidemark.accounts set covered = covered - tstzmultirange(tstzrange(to_timestamp($2), to_timestamp($3))),
           outdated = outdated + covered * tstzmultirange(tstzrange(to_timestamp($2), to_timestamp($3))) where account_id = $1`,
        [accountId, ...stretch()],
      )
    const shown = await ledger(accountId)
    for (const { from } of shown.days.filter(() => random.chance(0.4)))
      await run(database.pool, 'insert into tidemark.verified_days values ($1, to_timestamp($2), now()) on conflict do nothing', [
        accountId,
        from,
      ])
    const after = await ledger(accountId)
    expect(after.days[0]?.from).toBe(after.from)
    expect(told(after), `story ${story}, ${desk.zone}`).toEqual(await slowly(desk, after.from, after.until))
    for (const { state } of after.days.flatMap((day) => [day, ...day.hours])) seen.add(state)
    const total = after.days.flatMap((one) => one.hours)
    expect(Object.values(after.counts.hours).reduce((a, b) => a + b)).toBe(total.length)
    expect(after.counts.days.dirty).toBe(after.days.filter(({ state }) => state === 'dirty').length)
  }
  expect([...seen]).toEqual(expect.arrayContaining(wanted))
})

test('the comparison notices a state that is told wrongly', async () => {
  const desk = desks[5]!
  await backfill(desk.accountId, OPENED, CLOSED)
  const before = await ledger(desk.accountId)
  const day = before.days.find(({ state }) => state === 'ok' || state === 'verified')!
  await run(database.pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, to_timestamp($2))`, [
    desk.accountId,
    day.from + 3600,
  ])
  expect(told(before)).not.toEqual(await slowly(desk, before.from, before.until))
  expect(told(await ledger(desk.accountId))).toEqual(await slowly(desk, before.from, before.until))
})

test('days are the account’s own: 23, 25 and 24.5 hours where clocks change, and none where a day does not exist', async () => {
  const hoursOn = async (index: number, date: string) => {
    const at = Date.parse(date) / 1000
    const { days } = await ledgerOf(
      database.pool,
      { accountId: desks[index]!.accountId, since: at - 2 * 86400, until: at + 2 * 86400 },
      Date.UTC(2026, 10, 20) / 1000,
    )
    return days.find((day) => day.date === date)?.hours.map(({ from, until }) => (until - from) / 3600)
  }
  expect((await hoursOn(2, '2026-03-08'))?.length).toBe(23)
  expect((await hoursOn(2, '2026-11-01'))?.length).toBe(25)
  expect((await hoursOn(1, '2026-04-05'))?.reduce((a, b) => a + b)).toBe(24.5)
  expect((await hoursOn(0, '2026-04-05'))?.length).toBe(24)
})

test('what is rolled just now is told as long as its roll holds the lock, for dirty hours and the next day of a backfill', async () => {
  const { accountId } = desks[3]!
  await run(database.pool, `update tidemark.accounts set covered = '{}', outdated = '{}' where account_id = $1`, [accountId])
  await backfill(accountId, OPENED, CLOSED)
  await spreadMarks(database.pool)
  await rollDirty(database.pool, accountId, undefined, CLOSED)
  await run(database.pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-03-02 10:00Z')`, [accountId])
  await run(
    database.pool,
    `insert into tidemark.backfills (account_id, since, until, reason, state, start_at, end_at, next_until)
     values ($1, '2026-02-25', '2026-03-01', 'held', 'running', '2026-02-24 18:15Z', '2026-02-28 18:15Z', '2026-02-27 18:15Z')`,
    [accountId],
  )
  const rolling = (shown: Ledger) => shown.days.filter(({ state }) => state === 'rolling').map(({ date }) => date)
  expect(rolling(await ledger(accountId))).toEqual([])
  await transaction(database.pool, async (tx) => {
    await lockRolls(tx, accountId)
    const during = await ledger(accountId)
    expect(rolling(during)).toEqual(['2026-02-27', '2026-03-02'])
    expect(during.counts.hours.rolling).toBe(24 + 1)
    // Another account's lock says nothing of this one.
    expect(rolling(await ledger(desks[4]!.accountId))).toEqual([])
  })
  expect(rolling(await ledger(accountId))).toEqual([])
  await run(database.pool, `delete from tidemark.backfills where account_id = $1 and reason = 'held'`, [accountId])
})

test('where raw rows were purged a bucket is final as long as it is there, and purged once it is not', async () => {
  const { accountId, zone } = desks[0]!
  await run(database.pool, `update tidemark.accounts set covered = '{}', outdated = '{}' where account_id = $1`, [accountId])
  await run(database.pool, 'delete from tidemark.verified_days where account_id = $1', [accountId])
  await backfill(accountId, OPENED + 2 * 86400, CLOSED)
  const local = (date: string) => `'${date}'::timestamp at time zone '${zone}'`
  await run(
    database.pool,
    `update tidemark.accounts set raw_since = ${local('2026-03-06')}, hourly_since = ${local('2026-03-04')}, daily_since = ${local('2026-03-01')}
     where account_id = $1`,
    [accountId],
  )
  await run(database.pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-03-05 10:00Z')`, [accountId])
  const { days } = await ledger(accountId)
  const states = new Map(days.map((day) => [day.date, `${day.state} ${day.hours[12]!.state}`]))
  expect(
    ['2026-02-24', '2026-02-28', '2026-03-01', '2026-03-03', '2026-03-04', '2026-03-05'].map((date) => states.get(date)),
  ).toEqual(['purged purged', 'purged purged', 'ok purged', 'ok purged', 'ok ok', 'ok ok'])
})

test('many accounts at once are told what each is alone, whatever happens to them', async () => {
  const random = randomOf('grids')
  const now = CLOSED + 30 * 86400
  // Nothing is rolled of one, and of another not even its zone is settled: its history is in the dirty log.
  const fresh = await openDesk(database.pool, 'Asia/Tokyo')
  const unknown = await openDesk(database.pool, 'America/Asuncion')
  await run(database.pool, `insert into tidemark.accounts (account_id) values ($1)`, [fresh.accountId])
  const all = [...desks, { ...fresh, zone: 'Asia/Tokyo' }, { ...unknown, zone: 'America/Asuncion' }]
  const ids = all.map(({ accountId }) => accountId).sort((a, b) => b - a)
  await run(database.pool, `insert into tidemark.dirty_hours (account_id, hour) values ($1, '2026-03-03 10:00Z')`, [
    unknown.accountId,
  ])
  for (let change = 0; change < 30; change++) {
    const { accountId, conversations, teams, inboxes } = random.pick(desks)
    await run(
      database.pool,
      `insert into messages (account_id, conversation_id, inbox_id, message_type, created_at, updated_at) values ($1, $2, $3, 0, to_timestamp($4), now())`,
      [accountId, random.pick(conversations), inboxes[0], instantIn(random)],
    )
    if (change % 10 === 0)
      await run(database.pool, 'update conversations set team_id = $2 where id = $1', [random.pick(conversations), teams[1]])
  }
  const compare = async (typed: TypedRange) => {
    const grid = await accountsGrid(database.pool, ids, typed, now)
    const alone = []
    for (const id of ids) {
      const zone = await bucketZone(database.pool, id)
      const [since, until] = [instantFrom(typed.since ?? '', zone, now), instantFrom(typed.until ?? '', zone, now)]
      alone.push(await ledgerOf(database.pool, { accountId: id, since, until }, now))
    }
    expect(grid).toEqual(alone)
    return grid
  }
  const grid = await compare({ since: '2026-02-20', until: '2026-04-20' })
  expect(new Set(grid.flatMap(({ days }) => days.map(({ state }) => state))).size).toBeGreaterThanOrEqual(4)
  expect(new Set(grid.map(({ from }) => from)).size).toBeGreaterThanOrEqual(6)
  // With the lock of one of them held, and a mark of a tag, whose conversations are looked up in each account.
  const tagged = desks[4]!
  await run(database.pool, `update tidemark.accounts set covered = '{[-infinity,infinity)}' where account_id = $1`, [
    tagged.accountId,
  ])
  await spreadMarks(database.pool)
  await rollDirty(database.pool, tagged.accountId, undefined, now)
  const dirtyDays = (ledgers: Ledger[]) => ledgers[ids.indexOf(tagged.accountId)]!.counts.days.dirty
  expect(dirtyDays(await compare({ since: '2026-02-24', until: '2026-03-20' }))).toBe(0)
  await run(database.pool, `insert into tidemark.dirty_scopes (scope, id) values ('tag', $1)`, [tagged.labels[1]!.tagId])
  await transaction(database.pool, async (tx) => {
    await lockRolls(tx, desks[5]!.accountId)
    const during = await compare({ since: '2026-02-24', until: '2026-03-20' })
    expect(dirtyDays(during)).toBeGreaterThan(0)
    expect(during.filter(({ counts }) => counts.hours.rolling > 0).map(({ accountId }) => accountId)).toEqual([
      desks[5]!.accountId,
    ])
  })
  await spreadMarks(database.pool)
  await compare({ since: '2026-02-24', until: '2026-03-20' })
  const usual = await accountsGrid(database.pool, ids, {}, now)
  expect(usual.map(({ days }) => days.length)).toEqual(ids.map(() => 31))
  await expect(accountsGrid(database.pool, ids, { since: '2026-01-01', until: '2026-04-05' }, now)).rejects.toThrow(
    'at most 93 days',
  )
  await expect(accountsGrid(database.pool, ids, { since: '1970-01-01' }, now)).rejects.toMatchObject({ status: 422 })
  await expect(accountsGrid(database.pool, [], { since: '-400d' }, now)).rejects.toMatchObject({ status: 422 })
})

test('the longest page of the grid of accounts takes about as many statements as one account', async () => {
  await run(
    database.pool,
    `insert into tidemark.accounts (account_id, rolled_zone, rolled_rules, definitions, covered, merged_through)
     select 100000 + n, rolled_zone, rolled_rules, definitions, '{[-infinity,infinity)}', merged_through from tidemark.accounts, generate_series(1, 50) as n
     where account_id = $1`,
    [desks[2]!.accountId],
  )
  await run(
    database.pool,
    `insert into tidemark.dirty_hours (account_id, hour)
     select 100000 + n, '2026-03-08 00:00Z'::timestamptz + q * interval '15 minutes' from generate_series(1, 50) as n, generate_series(1, 20) as q`,
  )
  const ids = Array.from({ length: 50 }, (_, n) => 100_001 + n)
  const statements = vi.spyOn(pg.Client.prototype, 'query')
  const started = performance.now()
  const grid = await accountsGrid(database.pool, ids, { since: '2026-01-01', until: '2026-04-04' }, CLOSED + 30 * 86400)
  const ms = performance.now() - started
  const count = statements.mock.calls.length
  statements.mockRestore()
  console.info(`a grid of ${grid.length} accounts and ${grid[0]!.days.length} days: ${Math.round(ms)} ms, ${count} statements`)
  expect(grid.map(({ days }) => days.length)).toEqual(ids.map(() => 93))
  // From a quarter past seven in the evening to midnight and a quarter.
  expect(grid.map(({ counts }) => counts.days)).toEqual(ids.map(() => expect.objectContaining({ dirty: 2, ok: 91 }) as object))
  expect(count).toBeLessThan(12)
  expect(ms).toBeLessThan(5000)
})

test('a range is bounded, must not be empty, and ends with today', async () => {
  const { accountId } = desks[2]!
  await expect(ledger(accountId, CLOSED, CLOSED)).rejects.toMatchObject({ status: 422 })
  await expect(ledger(accountId, 0, CLOSED)).rejects.toThrow('at most 800 days')
  await expect(ledger(accountId, -4e9, 4e9)).rejects.toMatchObject({ status: 422 })
  const { days, until } = await ledger(accountId, CLOSED - 86400, CLOSED + 20 * 86400, CLOSED)
  expect([days.at(-1)?.date, new Date(until * 1000).toISOString()]).toEqual(['2026-03-09', '2026-03-10T04:00:00.000Z'])
  expect((await ledger(accountId, CLOSED + 3 * 86400, CLOSED + 4 * 86400, CLOSED)).days).toEqual([])
})
