-- The first instant (seconds) at which anything happened in account $1 and the last one before $2; nulls when there is none.
-- Made of single index look-ups: conversations have no index by account and time, so the first and the last of them by id
-- stand for the first and the last; where that last one is too late, its forerunners are known by their messages.
with seen as (
  (select created_at from conversations where account_id = $1 order by id limit 1)
  union all
  (select created_at from conversations where account_id = $1 order by id desc limit 1)
  union all
  (select created_at from messages where account_id = $1 order by created_at limit 1)
  union all
  (
    select created_at from messages where account_id = $1 and created_at < to_timestamp($2) at time zone 'UTC'
    order by created_at desc limit 1
  )
  union all
  (
    select edge.created_at
    from unnest(array['first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_resolved', 'conversation_bot_handoff']) as n (name)
    cross join lateral (
      (select created_at from reporting_events where account_id = $1 and name = n.name order by created_at limit 1)
      union all
      (
        select created_at from reporting_events
        where account_id = $1 and name = n.name and created_at < to_timestamp($2) at time zone 'UTC'
        order by created_at desc limit 1
      )
    ) as edge
  )
  union all
  -- Where raw rows were purged, the first day (or month) that anything is rolled of.
  select case when a.daily_since is null
      then (select min(bucket) from tidemark.rollup_daily where account_id = $1 and dimension = 0)
      else (select min(bucket) from tidemark.rollup_monthly where account_id = $1 and dimension = 0) end at time zone 'UTC'
  from tidemark.accounts a
  where a.account_id = $1 and a.raw_since is not null
)
select extract(epoch from min(created_at))::float8 as first,
  extract(epoch from max(created_at) filter (where created_at < to_timestamp($2) at time zone 'UTC'))::float8 as last
from seen
