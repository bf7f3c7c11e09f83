// The promise: each first response is in the bucket that its time belongs to, exactly, before and after rolling.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { firstResponseBuckets, type FirstResponseBucketsAsked } from '../../src/reports/first-response-buckets.ts'
import type { TestDatabase } from '../support/database.ts'
import { insert } from '../support/random-rows.ts'
import { backfillAll } from '../support/rolled-rows.ts'
import { seed } from '../support/seed.ts'
import { beginAnew, conversation, event, insertHistory, instantOf, openReportDatabase, stamp } from './desks.ts'

const SINCE = instantOf('2024-03-20T10:07:00Z')
const UNTIL = instantOf('2024-04-25T10:07:00Z')

let database: TestDatabase
beforeAll(async () => void (database = await openReportDatabase()))
afterAll(() => database?.drop())

async function byHand({ range, filter, businessHours = false }: FirstResponseBucketsAsked) {
  const clock = businessHours ? 'value_in_business_hours' : 'value'
  const [row] = await many<Record<string, number>>(
    database.pool,
    `select count(*) filter (where ${clock} < 300)::int as "0-5min", count(*) filter (where ${clock} >= 300 and ${clock} < 900)::int as "5-15min",
       count(*) filter (where ${clock} >= 900 and ${clock} < 1800)::int as "15-30min",
       count(*) filter (where ${clock} >= 1800 and ${clock} < 3600)::int as "30-60min", count(*) filter (where ${clock} >= 3600)::int as "1hr+"
     from reporting_events e left join conversations c on c.id = e.conversation_id and c.account_id = 1
     where e.account_id = 1 and name = 'first_response' and e.created_at >= $1::timestamp and e.created_at < $2::timestamp
       and ($3::int[] is null or e.inbox_id = any ($3)) and ($4::int[] is null or e.user_id = any ($4)) and ($5::int[] is null or coalesce(c.team_id, 0) = any ($5))`,
    [stamp(range.since), stamp(range.until), filter?.inbox ?? null, filter?.agent ?? null, filter?.team ?? null],
  )
  return Object.entries(row!).map(([bucket, count]) => ({ bucket, count }))
}

test.each(['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'])('a desk in %s', async (zone) => {
  const { pool } = database
  const random = randomFrom(seed, 51, zone.length)
  await beginAnew(pool, zone)
  const time = () =>
    random.pick([null, -5, 0, 299, 300, 300.5, 899.75, 900, 1799, 1800, 3599.99, 3600, 86400, random.between(0, 9000)])
  const events = Array.from({ length: 400 }, (_, id) => {
    const more = { inbox_id: random.pick([11, 12]), user_id: random.pick([51, 52]), conversation_id: random.pick([1, 2, 3, 9]) }
    const name = random.pick(['first_response', 'first_response', 'reply_time'])
    const at = stamp(Math.floor(random.between(SINCE - 86400, UNTIL + 86400)))
    const theirs = random.chance(0.1) ? { account_id: 2 } : {}
    return event(id + 1, name, at, { ...more, ...theirs, value: time(), value_in_business_hours: time() })
  })
  const at = stamp(SINCE)
  await insertHistory(pool, 'conversations', [
    conversation(1, at),
    conversation(2, at, { team_id: 32 }),
    conversation(3, at, { team_id: null }),
  ])
  await insertHistory(pool, 'reporting_events', events)
  const range = { since: SINCE, until: UNTIL }
  const filters = [
    undefined,
    { inbox: [11] },
    { inbox: [11, 12] },
    { agent: [52] },
    { team: [32] },
    { inbox: [12], team: [31, 0] },
  ]
  const compareAll = async () => {
    for (const filter of filters) {
      for (const businessHours of [false, true]) {
        const asked = { range, filter, businessHours }
        const { data } = await firstResponseBuckets(pool, 1, asked)
        expect(data, `TIDEMARK_SEED=${seed} ${JSON.stringify(asked)}`).toEqual(await byHand(asked))
        expect(data.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(0)
      }
    }
  }
  await compareAll()
  await backfillAll(pool, 1)
  await compareAll()
  await insert(pool, 'reporting_events', [event(900, 'first_response', stamp(SINCE + 86400), { value: 300, conversation_id: 2 })])
  await compareAll()
})

test('no response at all', async () => {
  await beginAnew(database.pool, 'UTC')
  const nothing = ['0-5min', '5-15min', '15-30min', '30-60min', '1hr+'].map((bucket) => ({ bucket, count: 0 }))
  expect((await firstResponseBuckets(database.pool, 1, { range: { since: SINCE, until: UNTIL } })).data).toEqual(nothing)
  expect((await firstResponseBuckets(database.pool, 1, { range: { since: UNTIL, until: SINCE } })).data).toEqual(nothing)
})
