-- Outgoing messages, whoever wrote them, that were written in [$2, $3) (seconds) in conversations of account $1 that were
-- created in that range, too, and are now in one of the inboxes $4. One row.
select count(*)::int as messages
from conversations c
join messages m on m.conversation_id = c.id and m.account_id = c.account_id
where c.account_id = $1 and c.inbox_id = any ($4::int[])
  and c.created_at >= to_timestamp($2::float8) at time zone 'UTC' and c.created_at < to_timestamp($3::float8) at time zone 'UTC'
  and m.created_at >= to_timestamp($2) at time zone 'UTC' and m.created_at < to_timestamp($3) at time zone 'UTC'
  and m.message_type = 1
