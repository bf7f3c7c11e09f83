-- First responses of account $1 in [$2, $3) by how long they took.
select
  count(*) filter (where value < 300) as below_5min,
  count(*) filter (where value >= 300 and value < 900) as below_15min,
  count(*) filter (where value >= 900 and value < 1800) as below_30min,
  count(*) filter (where value >= 1800 and value < 3600) as below_1h,
  count(*) filter (where value >= 3600) as longer
from reporting_events
where account_id = $1 and name = 'first_response' and created_at >= $2 and created_at < $3
