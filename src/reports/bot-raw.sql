-- The bot events of conversations $2 of account $1 in [$3, $4) (seconds), a row per id of dimension $5 they count for
-- ($6: those ids alone, or null). /*…*/: see filter.ts and statements.ts. `gone` tells whether the conversation's row was deleted.
select extract(epoch from e.created_at)::float8 as at, e.name = 'conversation_bot_handoff' as handoff,
  e.conversation_id::bigint as conversation_id, c.id is null as gone, /*split*/ d.dimension_id as id
from reporting_events e
left join conversations c on c.id = e.conversation_id and c.account_id = $1
cross join lateral (
  select 0, $1::bigint
  union all select 1, coalesce(e.inbox_id, 0)
  union all select 2, coalesce(e.user_id, 0)
  union all select 3, coalesce(c.team_id, 0)
  union all (
    select distinct 4, l.id
    from taggings g join tags t on t.id = g.tag_id join labels l on l.account_id = $1 and lower(l.title) = lower(t.name)
    where g.taggable_id = c.id and g.taggable_type = 'Conversation'
  )
) as d (dimension, dimension_id)
where e.account_id = $1::int and e.conversation_id = any ($2::int[])
  and e.created_at >= to_timestamp($3::float8) at time zone 'UTC' and e.created_at < to_timestamp($4::float8) at time zone 'UTC'
  and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff')
  and d.dimension = $5::int and ($6::bigint[] is null or d.dimension_id = any ($6)) /*filter*/
