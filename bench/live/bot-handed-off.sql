-- Conversations of account $1 created in [$2, $3) in inboxes with a bot that were handed off in it, too.
select count(distinct conversations.id) as count
from reporting_events
join conversations on conversations.id = reporting_events.conversation_id
where reporting_events.account_id = $1 and reporting_events.name = 'conversation_bot_handoff'
  and reporting_events.created_at >= $2 and reporting_events.created_at < $3
  and conversations.created_at >= $2 and conversations.created_at < $3
  and conversations.inbox_id in (select inbox_id from agent_bot_inboxes where account_id = $1 and status = 0)
