-- How the times of events named $7 spread in some intervals: a row per interval, id of dimension $4 and bin. A time that is null
-- is in no bin. $1 account, $2 and $3 starts and ends of the intervals (seconds), $5 ids or null for all, $6 edges of the bins.
-- /*…*/: the clock, and a filter (see src/rollups/rolling/filter.ts).
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and $4::int = 4
)
select i.slot::int - 1 as piece, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select d.dimension_id as id, width_bucket(e./*clock*/, $6::float8[]) as bin, count(*)::int as n
  from reporting_events e
  left join lateral (
    select c.id, c.team_id from conversations c where c.id = e.conversation_id and c.account_id = $1 offset 0
  ) as c on true
  cross join lateral (
    select 0, $1::bigint
    union all select 1, coalesce(e.inbox_id, 0)
    union all select 2, coalesce(e.user_id, 0)
    union all select 3, coalesce(c.team_id, 0)
    union all (
      select distinct 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
      where g.taggable_id = c.id and g.taggable_type = 'Conversation'
    )
  ) as d (dimension, dimension_id)
  where e.account_id = $1 and e.name = $7 and e./*clock*/ is not null
    and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
    -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
    and e.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
    and e.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
    and d.dimension = $4 and ($5::bigint[] is null or d.dimension_id = any ($5)) /*filter*/
  group by 1, 2
) as p
