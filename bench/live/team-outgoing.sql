-- Messages sent of account $1 in [$2, $3) by the present team of the conversation.
select conversations.team_id, count(*) as count
from messages
join conversations on conversations.id = messages.conversation_id
where messages.account_id = $1 and messages.message_type = 1 and messages.created_at >= $2 and messages.created_at < $3
  and conversations.team_id is not null
group by 1
