-- The names of those users among the ids $2 who have done something in account $1: agents who are no members any more.
select u.id, u.name
from users u
where u.id = any ($2::int[])
  and (
    exists (select from reporting_events e where e.account_id = $1 and e.user_id = u.id)
    or exists (select from conversations c where c.account_id = $1 and c.assignee_id = u.id)
    or exists (select from messages m where m.account_id = $1 and m.sender_type = 'User' and m.sender_id = u.id)
    or exists (select from csat_survey_responses r where r.account_id = $1 and r.assigned_agent_id = u.id)
    -- Where raw rows were purged, months still tell.
    or exists (
      select from tidemark.rollup_monthly r where r.account_id = $1 and r.dimension = 2 and r.dimension_id = u.id
    )
  )
