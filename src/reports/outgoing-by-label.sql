-- Outgoing messages of account $1 written in [$2, $3) (seconds) in conversations that carry a tag, by the tag as it is
-- spelled, with the id of the account's label of exactly this title, or null: at most $4 rows.
select l.id, s.name, s.messages
from (
  select t.name, sum(b.messages)::int as messages
  from (
    select m.conversation_id, count(*) as messages
    from messages m
    where m.account_id = $1 and m.message_type = 1
      and m.created_at >= to_timestamp($2::float8) at time zone 'UTC' and m.created_at < to_timestamp($3::float8) at time zone 'UTC'
    group by m.conversation_id
  ) as b
  join conversations c on c.id = b.conversation_id and c.account_id = $1
  cross join lateral (
    select distinct g.tag_id from taggings g
    where g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels'
  ) as g
  join tags t on t.id = g.tag_id
  group by t.name
) as s
left join labels l on l.account_id = $1 and l.title = s.name
order by s.name
limit $4
