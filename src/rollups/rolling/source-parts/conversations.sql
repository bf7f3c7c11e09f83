-- Parts of the conversations created in each interval: a row per interval (slot), dimension and id.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select d.dimension, d.dimension_id, /*split*/ count(*)::int as conversations
  from conversations c
  cross join lateral (
    values (0::smallint, c.account_id::bigint), (1, c.inbox_id), (2, coalesce(c.assignee_id, 0)), (3, coalesce(c.team_id, 0))
  ) as d (dimension, dimension_id)
  where c.account_id = $1
    and c.created_at >= to_timestamp(i.starts) at time zone 'UTC' and c.created_at < to_timestamp(i.ends) at time zone 'UTC' /*filter*/
    and d.dimension = any ($4) and ($5::bigint[] is null or d.dimension_id = any ($5))
  group by d.dimension, d.dimension_id /*by*/
  union all
  -- Counted once per tag that fits, as Chatwoot's join does: a conversation tagged "bug" and "Bug" counts twice.
  select 4::smallint, g.label_id, /*split*/ count(*)::int
  from conversations c
  cross join lateral (
    select lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = c.id and g.taggable_type = 'Conversation'
    offset 0
  ) as g
  where c.account_id = $1
    and c.created_at >= to_timestamp(i.starts) at time zone 'UTC' and c.created_at < to_timestamp(i.ends) at time zone 'UTC' /*filter*/
    and 4 = any ($4) and ($5 is null or g.label_id = any ($5))
  group by g.label_id /*by*/
) as p
