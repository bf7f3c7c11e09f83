-- The first page of resolutions of account $1 in [$2, $3), newest first, with whose they are and the last message.
select page.*, conversations.*, contacts.name as contact_name, inboxes.name as inbox_name, users.name as assignee_name,
  last_message.content
from (
  select id, conversation_id, value, event_end_time, created_at
  from reporting_events
  where account_id = $1 and name = 'conversation_resolved' and created_at >= $2 and created_at < $3
  order by created_at desc
  limit 25
) as page
left join conversations on conversations.id = page.conversation_id
left join contacts on contacts.id = conversations.contact_id
left join inboxes on inboxes.id = conversations.inbox_id
left join users on users.id = conversations.assignee_id
left join lateral (
  select content
  from messages
  where messages.account_id = $1 and messages.conversation_id = conversations.id and message_type <> 2
  order by messages.created_at desc
  limit 1
) as last_message on true
order by page.created_at desc
