-- Parts of the survey responses given in each interval: a row per interval (slot), dimension and id.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
-- One pass over the stretch that holds all intervals, which ascend and lie apart: Chatwoot has no index that finds an hour's
-- responses, so that looking for each hour by itself reads all of them each time (measured: 17 s for a week's hours).
select p.slot, d.dimension, d.dimension_id, /*split*/
  count(*) filter (where r.rating = 1)::int as csat_1, count(*) filter (where r.rating = 2)::int as csat_2,
  count(*) filter (where r.rating = 3)::int as csat_3, count(*) filter (where r.rating = 4)::int as csat_4,
  count(*) filter (where r.rating = 5)::int as csat_5
from csat_survey_responses r
cross join lateral (
  select width_bucket(extract(epoch from r.created_at)::float8, $2::float8[]) as slot
) as p
left join lateral (
  select c.id, c.inbox_id, c.team_id from conversations c where c.id = r.conversation_id and c.account_id = $1 offset 0
) as c on true
cross join lateral (
  select 0::smallint, $1::bigint
  union all select 1, coalesce(c.inbox_id, 0)
  union all select 2, coalesce(r.assigned_agent_id, 0)
  union all select 3, coalesce(c.team_id, 0)
  union all (
    select distinct 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = c.id and g.taggable_type = 'Conversation'
  )
) as d (dimension, dimension_id)
where r.account_id = $1
  and r.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
  and r.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
  and extract(epoch from r.created_at)::float8 < ($3::float8[])[p.slot]
  and d.dimension = any ($4) /*filter*/ and ($5::bigint[] is null or d.dimension_id = any ($5))
group by p.slot, d.dimension, d.dimension_id /*by*/
