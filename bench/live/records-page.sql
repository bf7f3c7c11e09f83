-- The first page of resolutions of account $1 in [$2, $3), newest first, with whose they are.
select page.*, conversations.*, contacts.name as contact_name, inboxes.name as inbox_name, users.name as assignee_name
from (
  select id, conversation_id, value, created_at
  from reporting_events
  where account_id = $1 and name = 'conversation_resolved' and created_at >= $2 and created_at < $3
  order by created_at desc
  limit 25
) as page
left join conversations on conversations.id = page.conversation_id
left join contacts on contacts.id = conversations.contact_id
left join inboxes on inboxes.id = conversations.inbox_id
left join users on users.id = conversations.assignee_id
order by page.created_at desc
