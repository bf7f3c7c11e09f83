-- Conversations of account $1 that were not resolved at the end of each day in [$2, $3), by their latest resolution or
-- opening: what began, ended and began again, added up from the beginning of history.
with change as (
  select created_at, 1 as by from conversations where account_id = $1 and created_at < $3
  union all
  select created_at, case name when 'conversation_resolved' then -1 else 1 end
  from (
    select reporting_events.created_at, reporting_events.name,
      lag(reporting_events.name, 1, 'conversation_opened')
        over (partition by conversation_id order by reporting_events.created_at, reporting_events.id) as before
    from reporting_events
    join conversations on conversations.id = reporting_events.conversation_id
    where reporting_events.account_id = $1 and reporting_events.name in ('conversation_resolved', 'conversation_opened')
      and reporting_events.created_at < $3
  ) as event
  where name <> before
)
select "group", open
from (
  select /*group*/ null as "group", max(created_at) as latest, sum(sum(by)) over (order by /*group*/ null) as open
  from change
  group by 1
) as day
where latest >= $2
