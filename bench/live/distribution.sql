-- First responses of account $1 in [$2, $3) by inbox and by how long they took.
select inbox_id,
  count(*) filter (where value < 3600) as below_1h,
  count(*) filter (where value >= 3600 and value < 14400) as below_4h,
  count(*) filter (where value >= 14400 and value < 28800) as below_8h,
  count(*) filter (where value >= 28800 and value < 86400) as below_24h,
  count(*) filter (where value >= 86400) as longer
from reporting_events
where account_id = $1 and name = 'first_response' and created_at >= $2 and created_at < $3
group by 1
