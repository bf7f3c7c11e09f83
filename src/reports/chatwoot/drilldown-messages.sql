-- The messages of account $1 that one bucket of a series counts: id, conversation_id, at. $4 dimension, $5 one id of it or
-- null, $6 and $7 the interval (seconds), $8 the type of message.
select m.id, m.conversation_id, m.created_at as at
from messages m
where m.account_id = $1 and m.message_type = $8::int
  and m.created_at >= to_timestamp($6::float8) at time zone 'UTC' and m.created_at < to_timestamp($7::float8) at time zone 'UTC'
  and case $4::int
    when 0 then true
    when 1 then m.inbox_id = $5::bigint
    when 2 then m.sender_type = 'User' and m.sender_id = $5
    when 3 then exists (
      select from conversations c where c.id = m.conversation_id and c.account_id = $1 and c.team_id = $5
    )
    else exists (
      select from conversations c
      join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation'
      join tags t on t.id = g.tag_id
      join labels l on l.account_id = $1 and l.id = $5 and lower(l.title) = lower(t.name)
      where c.id = m.conversation_id and c.account_id = $1
    )
  end
