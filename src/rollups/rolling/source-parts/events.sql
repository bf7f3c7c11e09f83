-- Parts of the reporting events written in each interval: a row per interval (slot), dimension and id.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id, t.name = l.title as exact from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select e.dimension, e.dimension_id, /*kept*/
    count(*) filter (where e.name = 'first_response')::int as first_response_n, count(e.value) filter (where e.name = 'first_response')::int as first_response_value_n,
    sum(e.value) filter (where e.name = 'first_response') as first_response_value_sum, count(e.value_in_business_hours) filter (where e.name = 'first_response')::int as first_response_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'first_response') as first_response_business_sum,
    count(*) filter (where e.name = 'reply_time')::int as reply_n, count(e.value) filter (where e.name = 'reply_time')::int as reply_value_n,
    sum(e.value) filter (where e.name = 'reply_time') as reply_value_sum, count(e.value_in_business_hours) filter (where e.name = 'reply_time')::int as reply_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'reply_time') as reply_business_sum,
    count(*) filter (where e.name = 'conversation_resolved')::int as resolution_n, count(e.value) filter (where e.name = 'conversation_resolved')::int as resolution_value_n,
    sum(e.value) filter (where e.name = 'conversation_resolved') as resolution_value_sum, count(e.value_in_business_hours) filter (where e.name = 'conversation_resolved')::int as resolution_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'conversation_resolved') as resolution_business_sum,
    count(*) filter (where e.name = 'conversation_bot_resolved' and e.conversation_id is not null)::int as bot_resolutions,
    count(*) filter (where e.name = 'conversation_bot_resolved' and e.conversation_id is null)::int as bot_resolutions_detached,
    count(*) filter (where e.name = 'conversation_bot_handoff' and e.conversation_id is not null)::int as bot_handoffs,
    sum(e.exact_taggings) filter (where e.name = 'conversation_resolved')::int as tagged_resolutions
  from (
    select e.name, e.value, e.value_in_business_hours, e.conversation_id, /*split*/ d.*
    from reporting_events e
    left join lateral (
      select c.id, c.team_id from conversations c where c.id = e.conversation_id and c.account_id = $1 offset 0
    ) as c on true
    cross join lateral (
      select 0::smallint, $1::bigint, null::bigint
      union all select 1, coalesce(e.inbox_id, 0), null
      union all select 2, coalesce(e.user_id, 0), null
      union all select 3, coalesce(c.team_id, 0), null
      union all (
        select 4, lt.label_id, count(*) filter (where lt.exact and g.context = 'labels')
        from taggings g join label_tags lt on lt.tag_id = g.tag_id
        where g.taggable_id = c.id and g.taggable_type = 'Conversation' and 4 = any ($4)
        group by lt.label_id
      )
    ) as d (dimension, dimension_id, exact_taggings)
    where e.account_id = $1
      and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
      -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
      and e.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
      and e.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
      and e.name in ('first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_resolved', 'conversation_bot_handoff')
      and d.dimension = any ($4) and ($5::bigint[] is null or d.dimension_id = any ($5)) /*filter*/
  ) as e
  group by e.dimension, e.dimension_id /*by*/
) as p
