-- How many conversations were created before $2 (seconds) and not resolved then: a row per id of dimension $3 that has any that
-- were created. By the latest of a conversation's changes of status, in one pass: what rollups add up change by change.
-- $1 account, $4 ids or null for all. /*…*/: see src/rollups/rolling/filter.ts and statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and $3::int = 4
),
latest as materialized (
  select distinct on (e.conversation_id) e.conversation_id, e.name = 'conversation_resolved' as resolved, e.created_at
  from reporting_events e
  where e.account_id = $1 and e.created_at < to_timestamp($2::float8) at time zone 'UTC'
    and e.name in ('conversation_resolved', 'conversation_opened')
  order by e.conversation_id, e.created_at desc, e.id desc
)
select d.dimension_id as id, /*split*/ count(*) filter (where (s.resolved and s.created_at >= c.created_at) is not true)::int as conversations
from conversations c
left join latest s on s.conversation_id = c.id
cross join lateral (
  select 0, c.account_id::bigint
  union all select 1, c.inbox_id
  union all select 2, coalesce(c.assignee_id, 0)
  union all select 3, coalesce(c.team_id, 0)
  union all (
    select 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = c.id and g.taggable_type = 'Conversation' and $3::int = 4
  )
) as d (dimension, dimension_id)
where c.account_id = $1 and c.created_at < to_timestamp($2::float8) at time zone 'UTC'
  and d.dimension = $3 and ($4::bigint[] is null or d.dimension_id = any ($4)) /*filter*/
group by d.dimension_id /*by*/
