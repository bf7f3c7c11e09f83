-- Outgoing messages in [$2, $3) of conversations of account $1 created in it, too, in inboxes with a bot.
select count(*) as count
from messages
where account_id = $1 and message_type = 1 and created_at >= $2 and created_at < $3
  and conversation_id in (
    select id
    from conversations
    where account_id = $1 and created_at >= $2 and created_at < $3
      and inbox_id in (select inbox_id from agent_bot_inboxes where account_id = $1 and status = 0)
  )
