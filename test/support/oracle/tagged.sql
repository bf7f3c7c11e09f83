-- By tag and present inbox of account $1: conversations created in [$2, $3) (seconds) and outgoing messages written then.
select t.id as tag_id, c.inbox_id, 'conversations' as counted, count(*)::int as n
from tags t, conversations c
where c.account_id = $1
  and extract(epoch from c.created_at) >= $2::float8 and extract(epoch from c.created_at) < $3::float8
  and exists (
    select from taggings g
    where g.tag_id = t.id and g.taggable_type = 'Conversation' and g.taggable_id = c.id and g.context = 'labels'
  )
group by 1, 2
union all
select t.id, c.inbox_id, 'outgoing_messages', count(*)::int
from tags t, conversations c, messages m
where c.account_id = $1 and m.account_id = $1 and m.conversation_id = c.id and m.message_type = 1
  and extract(epoch from m.created_at) >= $2::float8 and extract(epoch from m.created_at) < $3::float8
  and exists (
    select from taggings g
    where g.tag_id = t.id and g.taggable_type = 'Conversation' and g.taggable_id = c.id and g.context = 'labels'
  )
group by 1, 2
