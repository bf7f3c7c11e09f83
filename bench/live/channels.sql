-- Conversations of account $1 created in [$2, $3) by channel and present status.
select inboxes.channel_type, conversations.status, count(*) as count
from conversations
join inboxes on inboxes.id = conversations.inbox_id
where conversations.account_id = $1 and conversations.created_at >= $2 and conversations.created_at < $3
group by 1, 2
