-- Adds the histograms of days, counted from the raw events. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the days (seconds), $4 dimensions, $5 edges of the bins. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
insert into tidemark.histogram_daily (account_id, dimension, bucket, dimension_id, /*histograms*/)
select $1, p.dimension, to_timestamp(i.starts), p.dimension_id, /*counted*/
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
cross join lateral (
  select e.dimension, e.dimension_id, /*binned*/
  from (
    select e.name, 1024 + width_bucket(e.value, $5::float8[])::bigint as value,
      1024 + width_bucket(e.value_in_business_hours, $5)::bigint as business, d.*
    from reporting_events e
    left join lateral (
      select c.id, c.team_id from conversations c where c.id = e.conversation_id and c.account_id = $1 offset 0
    ) as c on true
    cross join lateral (
      select 0::smallint, $1::bigint
      union all select 1, coalesce(e.inbox_id, 0)
      union all select 2, coalesce(e.user_id, 0)
      union all select 3, coalesce(c.team_id, 0)
      union all (
        select distinct 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
        where g.taggable_id = c.id and g.taggable_type = 'Conversation'
      )
    ) as d (dimension, dimension_id)
    where e.account_id = $1
      and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
      -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
      and e.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
      and e.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
      and e.name in ('first_response', 'reply_time', 'conversation_resolved') and d.dimension = any ($4)
  ) as e
  group by e.dimension, e.dimension_id
) as p
where coalesce(/*histograms*/) is not null
order by p.dimension, i.starts, p.dimension_id
