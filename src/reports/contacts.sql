-- How many different contacts began a conversation in each piece of a range: a row per piece and id of dimension $5.
-- $1 account, $2 starts of the pieces, $3 and $4 the range (seconds), $6 ids or null for all. /*…*/: see src/rollups/rolling/filter.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and $5::int = 4
)
select width_bucket(extract(epoch from c.created_at)::float8, $2::float8[]) - 1 as piece, d.dimension_id as id,
  count(distinct c.contact_id)::int as contacts
from conversations c
cross join lateral (
  select 0, c.account_id::bigint
  union all select 1, c.inbox_id
  union all select 2, coalesce(c.assignee_id, 0)
  union all select 3, coalesce(c.team_id, 0)
  union all (
    select 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = c.id and g.taggable_type = 'Conversation'
  )
) as d (dimension, dimension_id)
where c.account_id = $1
  and c.created_at >= to_timestamp($3::float8) at time zone 'UTC' and c.created_at < to_timestamp($4::float8) at time zone 'UTC'
  and d.dimension = $5 and ($6::bigint[] is null or d.dimension_id = any ($6)) /*filter*/
group by 1, 2
