-- The first and last instant (seconds) in [$2, $3) (seconds) at which account $1 has raw rows, nulls when it has none; and
-- whether it has rows before and after.
select extract(epoch from min(first) at time zone 'UTC')::float8 as first, extract(epoch from max(last) at time zone 'UTC')::float8 as last,
  bool_or(before) as before, bool_or(after) as after
from (values (to_timestamp($2::float8) at time zone 'UTC', to_timestamp($3::float8) at time zone 'UTC')) as bound (low, high)
cross join lateral (
  select (select min(created_at) from conversations where account_id = $1 and created_at >= low and created_at < high) as first,
    (select max(created_at) from conversations where account_id = $1 and created_at >= low and created_at < high) as last,
    exists (select from conversations where account_id = $1 and created_at < low) as before,
    exists (select from conversations where account_id = $1 and created_at >= high) as after
  union all
  select (select min(created_at) from messages where account_id = $1 and created_at >= low and created_at < high) as first,
    (select max(created_at) from messages where account_id = $1 and created_at >= low and created_at < high) as last,
    exists (select from messages where account_id = $1 and created_at < low) as before,
    exists (select from messages where account_id = $1 and created_at >= high) as after
  union all
  select (select min(created_at) from reporting_events where account_id = $1 and created_at >= low and created_at < high) as first,
    (select max(created_at) from reporting_events where account_id = $1 and created_at >= low and created_at < high) as last,
    exists (select from reporting_events where account_id = $1 and created_at < low) as before,
    exists (select from reporting_events where account_id = $1 and created_at >= high) as after
  union all
  select (select min(created_at) from csat_survey_responses where account_id = $1 and created_at >= low and created_at < high) as first,
    (select max(created_at) from csat_survey_responses where account_id = $1 and created_at >= low and created_at < high) as last,
    exists (select from csat_survey_responses where account_id = $1 and created_at < low) as before,
    exists (select from csat_survey_responses where account_id = $1 and created_at >= high) as after
) as extent
