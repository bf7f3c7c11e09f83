-- The conversations with bot events in the hours: those that the raw rows have there now and those that were there before.
-- $1 account, $2 and $3 starts and ends of the hours (seconds), ascending.
select e.id
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
cross join lateral (
  select e.conversation_id::bigint as id from reporting_events e
  where e.account_id = $1::int
    and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
    -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
    and e.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
    and e.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
    and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff') and e.conversation_id is not null
  offset 0
) as e
union
-- One pass over the stretch that holds all hours. Where there are no statistics yet, looking for each hour by itself reads all bot
-- events each time (half of a first backfill). Of every dimension: a row that is wrong may be filed under one alone.
select b.conversation_id
from tidemark.bot_events b
cross join lateral (select extract(epoch from b.at)::float8 as at) as e
where b.account_id = $1 and b.dimension = any ('{0,1,2,3,4}')
  and b.at >= to_timestamp(($2::float8[])[1]) and b.at < to_timestamp(($3::float8[])[cardinality($3::float8[])])
  and e.at < ($3::float8[])[width_bucket(e.at, $2::float8[])]
