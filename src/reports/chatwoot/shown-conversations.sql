-- Conversations $2 of account $1 as lists show them: with the names of who and what they belong to, and the newest message
-- that is more than a note of activity.
select c.id, c.display_id, c.contact_id, t.name as contact_name, c.inbox_id, i.name as inbox_name, c.assignee_id,
  u.name as assignee_name, c.status, floor(extract(epoch from c.created_at))::float8 as created_at,
  floor(extract(epoch from c.last_activity_at))::float8 as last_activity_at, newest.id as last_message_id
from conversations c
left join contacts t on t.id = c.contact_id and t.account_id = $1
left join inboxes i on i.id = c.inbox_id and i.account_id = $1
left join users u on u.id = c.assignee_id
left join lateral (
  select m.id from messages m
  where m.account_id = $1 and m.conversation_id = c.id and m.message_type <> 2
  order by m.created_at desc, m.id desc
  limit 1
) as newest on true
where c.account_id = $1 and c.id = any ($2::bigint[])
