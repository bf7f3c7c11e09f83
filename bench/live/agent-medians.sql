-- Resolutions and medians of account $1 in [$2, $3) by agent, in one pass.
select user_id,
  count(*) filter (where name = 'conversation_resolved') as resolutions,
  percentile_cont(0.5) within group (order by value) filter (where name = 'conversation_resolved') as resolution_time,
  percentile_cont(0.5) within group (order by value) filter (where name = 'first_response') as first_response_time,
  percentile_cont(0.5) within group (order by value) filter (where name = 'reply_time') as reply_time
from reporting_events
where account_id = $1 and created_at >= $2 and created_at < $3
group by 1
