-- Resolutions and times of account $1 in [$2, $3) of agent $4 in inbox $5, in one pass.
select
  count(*) filter (where name = 'conversation_resolved') as resolutions,
  avg(value) filter (where name = 'conversation_resolved') as resolution_time,
  avg(value) filter (where name = 'first_response') as first_response_time,
  avg(value) filter (where name = 'reply_time') as reply_time
from reporting_events
where account_id = $1 and created_at >= $2 and created_at < $3 and user_id = $4 and inbox_id = $5
