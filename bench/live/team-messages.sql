-- Messages received and sent of account $1 in [$2, $3) by the present team of the conversation.
select conversations.team_id,
  count(*) filter (where messages.message_type = 0) as incoming,
  count(*) filter (where messages.message_type = 1) as outgoing
from messages
join conversations on conversations.id = messages.conversation_id
where messages.account_id = $1 and messages.message_type in (0, 1) and messages.created_at >= $2 and messages.created_at < $3
group by 1
