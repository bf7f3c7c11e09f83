-- Surveys sent of account $1 in [$2, $3) by the present assignee of the conversation.
select conversations.assignee_id, count(*) as count
from messages
join conversations on conversations.id = messages.conversation_id
where messages.account_id = $1 and messages.content_type = 9 and messages.created_at >= $2 and messages.created_at < $3
group by 1
