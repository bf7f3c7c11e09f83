-- Conversations of account $1 that still exist and were handed off in [$2, $3), by a group.
select /*group*/ null as "group", count(distinct reporting_events.conversation_id) as count
from reporting_events
join conversations on conversations.id = reporting_events.conversation_id
where reporting_events.account_id = $1 and reporting_events.name = 'conversation_bot_handoff'
  and reporting_events.created_at >= $2 and reporting_events.created_at < $3
group by 1
