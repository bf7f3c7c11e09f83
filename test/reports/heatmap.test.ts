// The promise: a heatmap counts by the wall clock of the zone asked for, whatever zone the account is in and however much has
// been rolled. Compared with PostgreSQL's own clock, over changes of the clocks. TIDEMARK_SEED asks the same again.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many, run } from '../../src/db.ts'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { heatmap, heatmapCounts, type HeatmapAsked, type HeatmapCell } from '../../src/reports/heatmap.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { insert, type Row } from '../support/random-rows.ts'
import { backfillAll, rollAll } from '../support/rolled-rows.ts'
import { seed } from '../support/seed.ts'
import { beginAnew, conversation, event, insertHistory, instantOf, message, openReportDatabase, stamp } from './desks.ts'

const zones = ['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns']
const SINCE = instantOf('2024-03-01T00:20:00Z')
const UNTIL = instantOf('2024-11-20T11:05:00Z')
/** When clocks change at Lord Howe (by half an hour) and in St John's. */
const changes = ['2024-03-10T05:30Z', '2024-04-06T15:00Z', '2024-10-05T15:30Z', '2024-11-03T04:30Z'].map(instantOf)

let database: TestDatabase
beforeAll(async () => void (database = await openReportDatabase()))
afterAll(() => database?.drop())

/** Mostly within hours of a change of the clocks, often on a half hour or a microsecond before it. */
function instantByLot(random: Random): string {
  const at = random.chance(0.6)
    ? random.pick(changes) + random.between(-3, 3) * 3600
    : random.between(SINCE - 86400, UNTIL + 86400)
  if (random.chance(0.5)) return stamp(Math.floor(at))
  const edge = Math.floor(at / 1800) * 1800
  return random.chance(0.5) ? stamp(edge) : `${stamp(edge - 1).slice(0, -4)}.999999`
}

async function writeHistory(random: Random): Promise<void> {
  const { pool } = database
  const lot = <T>(n: number, make: (id: number) => T) => Array.from({ length: n }, (_, i) => make(i + 1))
  const place = (): Row => ({ inbox_id: random.pick([11, 12]) })
  const conversations = lot(300, (id) =>
    conversation(id, instantByLot(random), { ...place(), assignee_id: random.pick([51, 52, null]) }),
  )
  const theirs = lot(60, (i) => conversation(1000 + i, instantByLot(random), { account_id: 2, inbox_id: 21 }))
  await insertHistory(pool, 'conversations', [...conversations, ...theirs])
  const senders = { sender_type: 'User', sender_id: 52 }
  await insertHistory(
    pool,
    'messages',
    lot(400, (id) =>
      message(id, random.pick([1, 2, 3, 300, 1001]), instantByLot(random), {
        ...place(),
        ...senders,
        message_type: random.pick([0, 1, 1, 2]),
      }),
    ),
  )
  await insertHistory(
    pool,
    'reporting_events',
    lot(400, (id) =>
      event(id, random.pick(['conversation_resolved', 'first_response']), instantByLot(random), {
        ...place(),
        user_id: random.pick([51, 52, null]),
        conversation_id: random.pick([5, 6, 7, 900]),
      }),
    ),
  )
  const taggings = lot(80, (id) => ({ id, tag_id: 81, taggable_type: 'Conversation', taggable_id: id, context: 'labels' }))
  await insertHistory(pool, 'taggings', taggings)
}

const tables = {
  conversations: { table: 'conversations', which: 'true', agent: 'assignee_id', conversation: 'id' },
  resolutions: {
    table: 'reporting_events',
    which: `name = 'conversation_resolved'`,
    agent: 'user_id',
    conversation: 'conversation_id',
  },
  messages: { table: 'messages', which: 'message_type < 2', agent: 'sender_id', conversation: 'conversation_id' },
}

/** The same by PostgreSQL's clock: every tag of the tests fits the label 61 ("bug"). */
async function byPostgres({ counted, range, zone, filter }: HeatmapAsked): Promise<HeatmapCell[]> {
  const { table, which, agent, conversation: subject } = tables[counted]
  const tagged = `exists (select from taggings g where g.taggable_id = x.${subject} and g.taggable_type = 'Conversation')
    and exists (select from conversations c where c.id = x.${subject} and c.account_id = 1)`
  const rows = await many<{ day: number; hour: number; count: number }>(
    database.pool,
    `select extract(isodow from at)::int as day, extract(hour from at)::int as hour, count(*)::int as count
     from (
       select x.created_at at time zone 'UTC' at time zone $1 as at from ${table} x
       where x.account_id = 1 and ${which} and x.created_at >= $2::timestamp and x.created_at < $3::timestamp
         and ($4::int[] is null or x.inbox_id = any ($4)) and ($5::int[] is null or x.${agent} = any ($5)) and (not $6 or ${tagged})
     ) as local group by 1, 2`,
    [
      zone.name,
      stamp(range.since),
      stamp(range.until),
      filter?.inbox ?? null,
      filter?.agent ?? null,
      filter?.label !== undefined,
    ],
  )
  const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
  const cells = names.flatMap((day) => Array.from({ length: 24 }, (_, hour) => ({ day, hour, count: 0 })))
  for (const { day, hour, count } of rows) cells[(day - 1) * 24 + hour]!.count = count
  return cells
}

const filters = [
  undefined,
  { inbox: [11] },
  { inbox: [11, 12] },
  { agent: [52] },
  { inbox: [12], agent: [51, 52] },
  { label: [61] },
]

/** Asks for every zone and count. */
async function compareAll(random: Random, said: string): Promise<void> {
  for (const name of zones) {
    for (const counted of heatmapCounts) {
      const ends = [SINCE, UNTIL, ...changes].map((at) => at + (random.chance(0.5) ? 0 : random.pick([-1800, 900, 5400])))
      const [since, until] = random.chance(0.5)
        ? [SINCE, UNTIL]
        : ([random.pick(ends), random.pick(ends)].sort((a, b) => a - b) as [number, number])
      const asked = {
        range: { since, until: Math.max(until, since + 60) },
        zone: await zoneNamed(database.pool, name),
        counted,
        filter: random.chance(0.4) ? undefined : random.pick(filters),
      }
      const { data } = await heatmap(database.pool, 1, asked)
      const question = `TIDEMARK_SEED=${seed}, ${said}: ${name} ${counted} ${JSON.stringify([asked.range, asked.filter])}`
      expect(data, question).toEqual(await byPostgres(asked))
    }
  }
}

test.each(zones)('a desk in %s, however much of it is rolled', async (name) => {
  const { pool } = database
  const random = randomFrom(seed, 47, zones.indexOf(name))
  await beginAnew(pool, name)
  await writeHistory(random)
  await compareAll(random, 'nothing rolled')
  const middle = changes[1]! - 7 * 86400
  const { id } = await requestBackfill(pool, { accountId: 1, since: middle, until: middle + 120 * 86400, reason: 'half of it' })
  await runBackfill(pool, 1, id)
  await compareAll(random, 'half of it rolled')
  await backfillAll(pool, 1)
  await compareAll(random, 'all of it rolled')
  await insert(pool, 'conversations', [conversation(5000, stamp(changes[2]! + 60)), conversation(5001, stamp(SINCE + 60))])
  await compareAll(random, 'a few hours dirty')
  await run(pool, `update conversations set created_at = created_at + interval '40 minutes' where id < 290`)
  await compareAll(random, 'most hours dirty')
  await rollAll(pool)
  await compareAll(random, 'rolled again')
})

test('the account’s own hours come from rollups alone, up to the edges of the range', async () => {
  const { pool } = database
  await beginAnew(pool, 'Asia/Kathmandu')
  await writeHistory(randomFrom(seed, 48))
  await backfillAll(pool, 1)
  const range = { since: instantOf('2024-03-01T00:15:00Z'), until: instantOf('2024-11-20T00:15:00Z') }
  for (const [zone, expected] of [
    ['Asia/Kathmandu', 'rollup'],
    ['UTC', 'raw'],
  ] as const) {
    for (const counted of heatmapCounts) {
      for (const filter of [undefined, { inbox: [12] }]) {
        const asked = { range, zone: await zoneNamed(pool, zone), counted, filter }
        const { data, source } = await heatmap(pool, 1, asked)
        expect(source).toBe(expected)
        expect(data).toEqual(await byPostgres(asked))
      }
    }
  }
})

test('hours that are the account’s own for half of the year come from rollups then', async () => {
  const { pool } = database
  await beginAnew(pool, 'Australia/Lord_Howe')
  await writeHistory(randomFrom(seed, 49))
  await backfillAll(pool, 1)
  const range = { since: instantOf('2024-03-01T00:00:00Z'), until: instantOf('2024-11-20T00:00:00Z') }
  const asked = { range, zone: await zoneNamed(pool, 'UTC'), counted: 'resolutions' } as const
  const { data, source } = await heatmap(pool, 1, asked)
  expect(source).toBe('mixed')
  expect(data).toEqual(await byPostgres(asked))
})

test('an empty range is 168 zeros, too long a one is refused', async () => {
  const { pool } = database
  const zone = await zoneNamed(pool, 'UTC')
  const { data } = await heatmap(pool, 1, { range: { since: UNTIL, until: SINCE }, zone, counted: 'conversations' })
  expect(data.length).toBe(168)
  expect(data.filter(({ count }) => count !== 0)).toEqual([])
  expect(data[0]).toEqual({ day: 'Monday', hour: 0, count: 0 })
  expect(data[167]).toEqual({ day: 'Sunday', hour: 23, count: 0 })
  const years = { since: SINCE, until: SINCE + 20_001 * 3600 }
  await expect(heatmap(pool, 1, { range: years, zone, counted: 'messages' })).rejects.toMatchObject({ status: 422 })
})
