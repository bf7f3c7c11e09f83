-- Conversations of account $1 that still exist, were resolved by a bot in [$2, $3) (seconds) and not handed off in it. One row.
with bot_events as (
  select e.conversation_id, e.name
  from reporting_events e
  join conversations c on c.id = e.conversation_id and c.account_id = e.account_id
  where e.account_id = $1 and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff')
    and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
)
select count(*)::int as conversations
from (
  select conversation_id from bot_events group by conversation_id having bool_and(name = 'conversation_bot_resolved')
) as resolved
