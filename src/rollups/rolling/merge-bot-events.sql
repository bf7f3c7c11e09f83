-- Adds the bot events of conversations $2 of account $1 from $3 (seconds) on, per dimension and id they count for, each with the handoffs of
-- its conversation just before and after it. Run after the old ones were deleted. Those before $3 are final: there are no raw
-- events of theirs any more, but they are neighbours.
with event as (
  select e.id, e.name = 'conversation_bot_handoff' as handoff, e.created_at at time zone 'UTC' as at,
    e.conversation_id, c.id is null as gone, e.inbox_id, e.user_id, c.team_id
  from reporting_events e
  left join conversations c on c.id = e.conversation_id and c.account_id = $1
  where e.account_id = $1 and e.conversation_id = any ($2::int[])
    and e.created_at >= to_timestamp($3::float8) at time zone 'UTC'
    and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff')
),
scoped as (
  select e.*, d.dimension, d.dimension_id
  from event e
  cross join lateral (
    select 0::smallint, $1::bigint
    union all select 1, coalesce(e.inbox_id, 0)
    union all select 2, coalesce(e.user_id, 0)
    union all select 3, coalesce(e.team_id, 0)
    union all (
      select distinct 4, l.id
      from taggings g join tags t on t.id = g.tag_id join labels l on l.account_id = $1 and lower(l.title) = lower(t.name)
      where g.taggable_id = e.conversation_id and g.taggable_type = 'Conversation' and not e.gone
    )
  ) as d (dimension, dimension_id)
),
neighbour as (
  select *,
    max(at) filter (where handoff) over (earlier rows between unbounded preceding and 1 preceding) as handoff_before,
    min(at) filter (where handoff) over (earlier rows between 1 following and unbounded following) as handoff_after
  from (
    select dimension, dimension_id, handoff, at, id, conversation_id, gone, false as final from scoped
    union all
    select dimension, dimension_id, handoff, at, event_id, conversation_id, gone, true from tidemark.bot_events
    where account_id = $1 and conversation_id = any ($2) and at < to_timestamp($3)
  ) as known
  window earlier as (partition by dimension, dimension_id, conversation_id order by at, id)
)
insert into tidemark.bot_events
  (account_id, dimension, dimension_id, handoff, at, event_id, conversation_id, gone, handoff_before, handoff_after)
select $1, dimension, dimension_id, handoff, at, id, conversation_id, gone, handoff_before, handoff_after
from neighbour where not final
