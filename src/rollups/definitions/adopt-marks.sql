-- Marks every hour of account $1 from $2 (seconds) on that has raw rows or rolled ones.
insert into tidemark.dirty_hours (account_id, hour)
select distinct $1::bigint, tidemark.quarter(at)
from (
  select created_at from conversations where account_id = $1 and created_at >= to_timestamp($2::float8) at time zone 'UTC'
  union all
  select created_at from messages where account_id = $1 and created_at >= to_timestamp($2) at time zone 'UTC'
  union all
  select created_at from reporting_events where account_id = $1 and created_at >= to_timestamp($2) at time zone 'UTC'
  union all
  select created_at from csat_survey_responses where account_id = $1 and created_at >= to_timestamp($2) at time zone 'UTC'
  union all
  select bucket at time zone 'UTC' from tidemark.rollup_hourly
  where account_id = $1 and dimension = any ('{0,1,2,3,4}') and bucket >= to_timestamp($2)
) as present (at)
where isfinite(at)
