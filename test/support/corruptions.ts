import type { Instant } from '../../src/clock.ts'
import { many, run, type Queryable } from '../../src/db.ts'

/** A row that was made wrong: where it stood, or stands now. */
export interface Planted {
  kind: string
  table: string
  bucket: Instant
  dimension: number
  dimensionId: number
}

interface Place {
  accountId: number
  /** A day of the past, for this corruption alone. */
  day: { from: Instant; until: Instant }
  /** The present day, and the starts of a month that is over and of the one that is not. */
  today: Instant
  monthBefore: Instant
  month: Instant
}

type Kind = (db: Queryable, place: Place) => Promise<Omit<Planted, 'kind'>[]>

const returned = 'returning extract(epoch from r.bucket)::float8 as bucket, r.dimension, r.dimension_id as "dimensionId"'

/** One row of a table and dimension in a stretch. */
const one = (table: string, dimension: number, more = '') => `(r.account_id, r.dimension, r.bucket, r.dimension_id) = (
  select account_id, dimension, bucket, dimension_id from tidemark.${table} where account_id = $1 and dimension = ${dimension}
  and bucket >= to_timestamp($2) and bucket < to_timestamp($3) ${more} order by bucket, dimension_id limit 1)`

const rows = async (db: Queryable, table: string, text: string, values: unknown[]) =>
  (await many<Omit<Planted, 'kind' | 'table'>>(db, text, values)).map((row) => ({ ...row, table }))

const set =
  (table: string, dimension: number, change: string, more = ''): Kind =>
  (db, { accountId, day }) =>
    rows(db, table, `update tidemark.${table} r set ${change} where ${one(table, dimension, more)} ${returned}`, [
      accountId,
      day.from,
      day.until,
    ])

const remove =
  (table: string, dimension: number, more = ''): Kind =>
  (db, { accountId, day }) =>
    rows(db, table, `delete from tidemark.${table} r where ${one(table, dimension, more)} ${returned}`, [
      accountId,
      day.from,
      day.until,
    ])

/** A copy of some row under another key. */
const add =
  (
    table: string,
    dimension: number,
    bucket: (place: Place) => string,
    id: string,
    from: (place: Place) => [Instant, Instant],
  ): Kind =>
  (db, place) =>
    rows(
      db,
      table,
      `insert into tidemark.${table} as r
       select (jsonb_populate_record(r, jsonb_build_object('bucket', ${bucket(place)}, 'dimension_id', ${id}))).*
       from tidemark.${table} r where ${one(table, dimension)} ${returned}`,
      [place.accountId, ...from(place)],
    )

const ofDay = ({ day }: Place): [Instant, Instant] => [day.from, day.until]

const tagged =
  (table: string, text: string, when: (place: Place) => [Instant, Instant]): Kind =>
  (db, place) =>
    rows(
      db,
      table,
      `${text.replace(
        'ONE',
        `(r.bucket, r.tag_id, r.inbox_id) = (select bucket, tag_id, inbox_id from tidemark.${table}
         where account_id = $1 and bucket >= to_timestamp($2) and bucket < to_timestamp($3) order by 1, 2, 3 limit 1) and r.account_id = $1`,
      )} returning extract(epoch from r.bucket)::float8 as bucket, 1 as dimension, r.inbox_id as "dimensionId"`,
      [place.accountId, ...when(place)],
    )

const botEvents =
  (text: string): Kind =>
  (db, { accountId, day }) =>
    rows(
      db,
      'bot_events',
      `${text.replace(
        'ONE',
        `(r.dimension, r.dimension_id, r.event_id) = (select dimension, dimension_id, event_id from tidemark.bot_events
         where account_id = $1 and at >= to_timestamp($2) and at < to_timestamp($3) and dimension = 2 order by at limit 1)
         and r.account_id = $1`,
      )} returning extract(epoch from r.at)::float8 as bucket, r.dimension, r.dimension_id as "dimensionId"`,
      [accountId, day.from, day.until],
    )

const ofMonthBefore = ({ monthBefore, month }: Place): [Instant, Instant] => [monthBefore, month]
const inMonth =
  (kind: Kind): Kind =>
  (db, place) =>
    kind(db, { ...place, day: { from: place.monthBefore, until: place.month } })

/** What can go wrong with rolled rows, each by its name. */
export const corruptions: Readonly<Record<string, Kind>> = {
  'an hour’s count': set('rollup_hourly', 0, 'incoming_messages = r.incoming_messages + 1'),
  'an hour’s sum': set('rollup_hourly', 1, 'reply_value_sum = r.reply_value_sum + 0.5'),
  'an hour’s null': set('rollup_hourly', 4, 'tagged_conversations = null', 'and tagged_conversations is not null'),
  'an hour’s row gone': remove('rollup_hourly', 0),
  'an hour’s row too many, of an id that is not there': add('rollup_hourly', 2, () => 'r.bucket', '999999', ofDay),
  'an hour’s row of another id': set('rollup_hourly', 2, 'dimension_id = 888888'),
  'an hour’s row in another hour': set(
    'rollup_hourly',
    3,
    `bucket = (select r.bucket + h * interval '1 hour' from generate_series(20, 90) as h
      where not exists (select from tidemark.rollup_hourly x where (x.account_id, x.dimension, x.dimension_id, x.bucket)
        = (r.account_id, r.dimension, r.dimension_id, r.bucket + h * interval '1 hour')) order by h limit 1)`,
  ),
  'an hour’s row between two hours': set('rollup_hourly', 0, `bucket = r.bucket + interval '17 minutes'`),
  'a day’s count alone': set('rollup_daily', 1, 'conversations = r.conversations + 7'),
  'a day’s row gone': remove('rollup_daily', 4),
  'a day’s row at another time of the day': add(
    'rollup_daily',
    0,
    () => `r.bucket + interval '5 hours'`,
    'r.dimension_id',
    ofDay,
  ),
  'a row of the day that is not over': add('rollup_daily', 0, ({ today }) => `to_timestamp(${today})`, 'r.dimension_id', ofDay),
  'a month’s count alone': inMonth(set('rollup_monthly', 0, 'csat_5 = r.csat_5 + 1')),
  'a month’s row gone': inMonth(remove('rollup_monthly', 2)),
  'a row of the month that is not over': add(
    'rollup_monthly',
    1,
    ({ month }) => `to_timestamp(${month})`,
    'r.dimension_id',
    ofMonthBefore,
  ),
  'a day’s histogram': set('histogram_daily', 0, `reply_value = '{1025}'`, 'and reply_value is not null'),
  'a month’s histogram gone': inMonth(remove('histogram_monthly', 3)),
  'a day’s tag': tagged(
    'tagged_daily',
    'update tidemark.tagged_daily r set outgoing_messages = r.outgoing_messages + 1 where ONE',
    ofDay,
  ),
  'a day’s tag gone': tagged('tagged_daily', 'delete from tidemark.tagged_daily r where ONE', ofDay),
  'a month’s tag too many': tagged(
    'tagged_monthly',
    `insert into tidemark.tagged_monthly as r select r.account_id, r.bucket, 777777, r.inbox_id, 1, 1 from tidemark.tagged_monthly r where ONE`,
    ofMonthBefore,
  ),
  'a handoff before a bot event': botEvents(`update tidemark.bot_events r set handoff_before = '2020-01-01' where ONE`),
  'a bot event of a conversation that is gone': botEvents('update tidemark.bot_events r set gone = not r.gone where ONE'),
  'a bot event gone': botEvents('delete from tidemark.bot_events r where ONE'),
  'a bot event that never was': botEvents(
    `insert into tidemark.bot_events as r (account_id, dimension, dimension_id, handoff, at, event_id, conversation_id, gone)
     select $1, 2, 5, true, to_timestamp(($2::float8 + $3) / 2), 666666, 555555, false`,
  ),
  'a row of long before history': add('rollup_hourly', 0, () => `timestamptz '2019-05-05 10:00Z'`, 'r.dimension_id', ofDay),
  'a day of which nothing is left': async (db, { accountId, day }) => {
    const values = [accountId, day.from, day.until]
    const gone = await rows(
      db,
      'rollup_hourly',
      `delete from tidemark.rollup_hourly r where account_id = $1 and bucket >= to_timestamp($2) and bucket < to_timestamp($3) ${returned}`,
      values,
    )
    for (const table of ['rollup_daily', 'histogram_daily', 'tagged_daily'])
      await run(
        db,
        `delete from tidemark.${table} where account_id = $1 and bucket >= to_timestamp($2) and bucket < to_timestamp($3)`,
        values,
      )
    return gone
  },
}
