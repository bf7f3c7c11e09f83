-- Conversations of account $1 that still exist, were resolved by a bot in [$2, $3) and not handed off in it.
select count(distinct reporting_events.conversation_id) as count
from reporting_events
join conversations on conversations.id = reporting_events.conversation_id
where reporting_events.account_id = $1 and reporting_events.name = 'conversation_bot_resolved'
  and reporting_events.created_at >= $2 and reporting_events.created_at < $3
  and reporting_events.conversation_id not in (
    select conversation_id
    from reporting_events
    where account_id = $1 and name = 'conversation_bot_handoff' and created_at >= $2 and created_at < $3
  )
