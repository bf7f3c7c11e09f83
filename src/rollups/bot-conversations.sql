-- The conversations with bot events in the hours: those that the raw rows have there now and those that were there before.
-- $1 account, $2 and $3 starts and ends of the hours (seconds).
select e.conversation_id::bigint as id
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
join reporting_events e
  on e.account_id = $1 and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff')
  and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
where e.conversation_id is not null
union
select b.conversation_id
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
join tidemark.bot_events b
  on b.account_id = $1 and b.dimension = 0 and b.at >= to_timestamp(i.starts) and b.at < to_timestamp(i.ends)
