-- The conversations of account $1 that one bucket of a series counts: id, conversation_id, at. $4 dimension, $5 one id of it
-- or null, $6 and $7 the interval (seconds). With labels a row per tag that fits, as the series counts them.
select c.id, c.id as conversation_id, c.created_at as at
from conversations c
left join lateral (
  select g.id
  from taggings g
  join tags t on t.id = g.tag_id
  join labels l on l.account_id = $1 and l.id = $5::bigint and lower(l.title) = lower(t.name)
  where g.taggable_id = c.id and g.taggable_type = 'Conversation' and $4::int = 4
) as tagged on true
where c.account_id = $1
  and c.created_at >= to_timestamp($6::float8) at time zone 'UTC' and c.created_at < to_timestamp($7::float8) at time zone 'UTC'
  and case $4::int
    when 0 then true
    when 1 then c.inbox_id = $5
    when 2 then c.assignee_id = $5
    when 3 then c.team_id = $5
    else tagged.id is not null
  end
