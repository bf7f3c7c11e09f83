// The promise: rollups know what the raw rows are, not how they came to be. The same rows are told in several orders: all at once, or
// shuffled and in pieces, some of them twice and more, up to 90 days late, first otherwise and then corrected, with rows
// beside them that go again, rolled by lot in between. In the end all rolled rows are the same, to the byte.
// TIDEMARK_SEED tells the same again, TIDEMARK_ORDERS how many orders.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { many, run } from '../../src/db.ts'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import type { TestDatabase } from '../support/database.ts'
import { RandomDesk } from '../support/random-desk.ts'
import { createRandomDesks } from '../support/random-desks.ts'
import { accounts, emptyDesks, idsOf, insert, whole, type Row, type Table } from '../support/random-rows.ts'
import { middles } from '../support/random-work.ts'
import { backfillAll, rollAll, rolledRows } from '../support/rolled-rows.ts'
import { scaled, seed } from '../support/seed.ts'

const DAY = 86_400
const ORDERS = scaled('TIDEMARK_ORDERS', 4)
/** Orders of the same rows. */
const OF_ONE = 2
const tables: readonly Table[] = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings']

let database: TestDatabase
beforeAll(async () => void (database = await createRandomDesks()))
afterAll(() => database?.drop())

interface Told {
  table: Table
  row: Row
}

async function rawRows(): Promise<Told[]> {
  const all: Told[] = []
  for (const table of tables) {
    const rows = await many<{ row: Row }>(database.pool, `select to_jsonb(t) as row from ${table} t order by id`)
    all.push(...rows.map(({ row }) => ({ table, row })))
  }
  return all
}

/** Rows of two desks by lot, which are nowhere told yet. */
async function rowsByLot(random: Random, middle: number): Promise<Told[]> {
  await emptyDesks(database.pool)
  await new RandomDesk(database.pool, random, middle).beginWithHistory()
  const rows = await rawRows()
  await beginAnew(middle)
  return rows
}

async function beginAnew(middle: number): Promise<void> {
  await emptyDesks(database.pool)
  vi.setSystemTime((middle - 3 * DAY) * 1000)
}

/** All is over: whatever is dirty is rolled, and days and months that have ended have rows. */
async function settle(middle: number): Promise<void> {
  vi.setSystemTime((middle + 100 * DAY) * 1000)
  for (const account of accounts)
    await run(database.pool, 'insert into tidemark.dirty_hours (account_id, hour) values ($1, now())', [account])
  await rollAll(database.pool)
}

const told = async ({ table, row }: Told) => insert(database.pool, table, [row])

/** The row as it is said to be at first: another time, and other columns that figures go by. */
function mistaken(random: Random, { table, row }: Told): Told {
  const moved = Date.parse(`${String(row['created_at']).slice(0, 19)}Z`) + whole(random, -90, 90) * DAY * 1000
  const other: Record<Table, Row> = {
    conversations: { team_id: random.pick([...idsOf.team[1], null]), assignee_id: 53 },
    messages: { message_type: random.pick([0, 1, 2]) },
    reporting_events: { value: whole(random, 0, 4000) / 4, user_id: random.pick([53, null]) },
    csat_survey_responses: { rating: whole(random, 1, 5) },
    taggings: {},
  }
  return { table, row: { ...row, ...other[table], created_at: new Date(moved).toISOString().slice(0, -1) } }
}

/** Makes a row what it is. */
async function correct({ table, row }: Told): Promise<void> {
  const columns = Object.keys(row).filter((column) => column !== 'id')
  const sets = columns.map((column) => `${column} = r.${column}`).join(', ')
  const text = `update ${table} set ${sets} from jsonb_populate_record(null::${table}, $1) as r where ${table}.id = r.id`
  await run(database.pool, text, [JSON.stringify(row)])
}

/** Each happening in its turn: a row, perhaps several times, or what it is taken for and later the truth; or one that goes. */
function happenings(random: Random, rows: readonly Told[]): (() => Promise<void>)[] {
  const happening = (one: Told): [number, () => Promise<void>][] => {
    const at = random.next()
    const later = () => at + (1 - at) * random.next()
    if (random.chance(0.2)) {
      const first = mistaken(random, one)
      return [
        [at, () => told(first)],
        [later(), () => correct(one)],
      ]
    }
    const times = random.chance(0.3) ? whole(random, 2, 5) : 1
    const all = Array.from({ length: times }, (_, i): [number, () => Promise<void>] => [i === 0 ? at : later(), () => told(one)])
    if (random.chance(0.8) || one.table === 'taggings' || one.table === 'csat_survey_responses') return all
    const ghost = copyOf(one)
    return [...all, [at, () => told(mistaken(random, ghost))], [later(), () => gone(ghost)]]
  }
  const all = rows.flatMap(happening)
  return all.sort(([a], [b]) => a - b).map(([, act]) => act)
}

/** Another row like it, that is no part of what is told. */
function copyOf({ table, row }: Told): Told {
  const id = 5e6 + Number(row['id'])
  const own = table === 'conversations' ? { display_id: id, uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}` } : {}
  return { table, row: { ...row, ...own, id } }
}

async function gone({ table, row }: Told): Promise<void> {
  await run(database.pool, `delete from ${table} where id = $1`, [row['id']])
}

/** Tells the rows over 90 days, and rolls some of it in between. */
async function tellByLot(random: Random, middle: number, rows: readonly Told[]): Promise<void> {
  const { pool } = database
  await beginAnew(middle)
  const acts = happenings(random, rows)
  const rolls = whole(random, 3, 8) / acts.length
  for (const [i, act] of acts.entries()) {
    vi.setSystemTime((middle - 3 * DAY + (93 * DAY * i) / acts.length) * 1000)
    await act()
    if (!random.chance(rolls)) continue
    const kind = random.pick(['all', 'all', 'dirty', 'backfill'] as const)
    if (kind === 'all') await rollAll(pool)
    else if (kind === 'dirty') await rollDirty(pool, random.pick(accounts))
    else await backfillAll(pool, random.pick(accounts))
  }
  await settle(middle)
}

async function tellAtOnce(middle: number, rows: readonly Told[]): Promise<void> {
  await beginAnew(middle)
  for (const table of tables) {
    const of = rows.filter((one) => one.table === table).map(({ row }) => row)
    if (of.length > 0) await insert(database.pool, table, of)
  }
  await settle(middle)
}

test(`the same rows in ${ORDERS} orders are the same rollups`, { timeout: 120_000 + ORDERS * 20_000 }, async () => {
  let [compared, happened] = [0, 0]
  for (let order = 0; order < ORDERS; order++) {
    const story = Math.floor(order / OF_ONE)
    const [random, lot] = [randomFrom(seed, story), randomFrom(seed, story, order)]
    const middle = random.pick(middles)
    const rows = await rowsByLot(random, middle)
    await tellAtOnce(middle, rows)
    const [raw, rolled] = [await rawRows(), await rolledRows(database.pool)]
    await tellByLot(lot, middle, rows)
    expect(await rawRows(), `TIDEMARK_SEED=${seed}, order ${order}: the test does not tell the same`).toEqual(raw)
    expect(await rolledRows(database.pool), `TIDEMARK_SEED=${seed}, order ${order}`).toEqual(rolled)
    compared += rolled.length
    happened += rows.length
  }
  console.info(`TIDEMARK_SEED=${seed}: ${happened} rows told otherwise, ${compared} rolled rows compared`)
  expect(compared).toBeGreaterThan(happened)
})

test('rollups that depend on the order would be noticed', async () => {
  const { pool } = database
  const random = randomFrom(seed, 1e6)
  const middle = random.pick(middles)
  let rows: Told[] = []
  const isCounted = ({ table, row }: Told) => table === 'messages' && row['message_type'] === 1
  while (!rows.some(isCounted)) rows = await rowsByLot(random, middle)
  await tellAtOnce(middle, rows)
  const rolled = await rolledRows(pool)
  const late = rows.find(isCounted)!
  await tellAtOnce(
    middle,
    rows.filter((one) => one !== late),
  )
  await told(late)
  // As where marks are taken before their rows have committed.
  await run(pool, 'delete from tidemark.dirty_hours')
  await settle(middle)
  expect(await rolledRows(pool)).not.toEqual(rolled)
  await insert(pool, 'messages', [{ ...late.row, id: 9e6 }])
  await run(pool, 'delete from messages where id = 9000000')
  await settle(middle)
  expect(await rolledRows(pool)).toEqual(rolled)
})
