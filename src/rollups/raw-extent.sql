-- The first and last instant (seconds) at which account $1 has raw rows; nulls when it has none.
select extract(epoch from min(first) at time zone 'UTC')::float8 as first, extract(epoch from max(last) at time zone 'UTC')::float8 as last
from (
  select min(created_at) as first, max(created_at) as last from conversations where account_id = $1
  union all
  select min(created_at), max(created_at) from messages where account_id = $1
  union all
  select min(created_at), max(created_at) from reporting_events where account_id = $1
  union all
  select min(created_at), max(created_at) from csat_survey_responses where account_id = $1
) as extent
