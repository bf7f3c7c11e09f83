-- How many conversations of account $1 are now in each of the inboxes $2 and carry exactly the title of each of the labels
-- $3: a row per pair that has any. Those created from $4 and before $5 (seconds) only unless null.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on t.name = l.title
  where l.account_id = $1::int and l.id = any ($3::bigint[])
)
select c.inbox_id, g.label_id, count(*)::int as conversations
from conversations c
cross join lateral (
  select distinct lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
  where g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels'
  offset 0
) as g
where c.account_id = $1 and c.inbox_id = any ($2::int[])
  and ($4::float8 is null or c.created_at >= to_timestamp($4) at time zone 'UTC')
  and ($5::float8 is null or c.created_at < to_timestamp($5) at time zone 'UTC')
group by 1, 2
