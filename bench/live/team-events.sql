-- Resolutions and times of account $1 in [$2, $3) by the present team of the conversation, in one pass.
select conversations.team_id,
  count(*) filter (where reporting_events.name = 'conversation_resolved') as resolutions,
  avg(reporting_events.value) filter (where reporting_events.name = 'conversation_resolved') as resolution_time,
  avg(reporting_events.value) filter (where reporting_events.name = 'first_response') as first_response_time,
  avg(reporting_events.value) filter (where reporting_events.name = 'reply_time') as reply_time
from reporting_events
join conversations on conversations.id = reporting_events.conversation_id
where reporting_events.account_id = $1 and reporting_events.created_at >= $2 and reporting_events.created_at < $3
group by 1
