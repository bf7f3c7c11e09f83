-- The conversations of account $1 that can go as a whole with the raw rows from before $2 (seconds): resolved, by their status as by their last event, and nothing happened in them since. One without an assignee stays, as
-- live figures count it.
select c.id
from conversations c
where c.account_id = $1 and c.created_at < to_timestamp($2::float8) at time zone 'UTC'
  and c.status = 1 and c.assignee_id is not null and c.last_activity_at < to_timestamp($2) at time zone 'UTC'
  and (
    select (array_agg(e.name order by e.created_at desc, e.id desc))[1] = 'conversation_resolved'
    from reporting_events e
    where e.account_id = $1::int and e.conversation_id = c.id and e.name in ('conversation_resolved', 'conversation_opened')
      and e.created_at >= c.created_at
  )
  and not exists (
    select from reporting_events e
    where e.account_id = $1::int and e.conversation_id = c.id and e.created_at >= to_timestamp($2) at time zone 'UTC'
  )
  and not exists (
    select from messages m
    where m.account_id = $1::int and m.conversation_id = c.id and m.created_at >= to_timestamp($2) at time zone 'UTC'
  )
  and not exists (
    select from csat_survey_responses r
    where r.account_id = $1 and r.conversation_id = c.id and r.created_at >= to_timestamp($2) at time zone 'UTC'
  )
