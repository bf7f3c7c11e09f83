-- How many raw rows of account $1 lie in the stretches from $2 to $3 (seconds), per source, counted up to $4 each.
select
  (select count(*) from (select from unnest($2::float8[], $3::float8[]) as s (f, u) join conversations r on r.account_id = $1
    and r.created_at >= to_timestamp(s.f) at time zone 'UTC' and r.created_at < to_timestamp(s.u) at time zone 'UTC' limit $4) as x)::int as conversations,
  (select count(*) from (select from unnest($2::float8[], $3::float8[]) as s (f, u) join messages r on r.account_id = $1
    and r.created_at >= to_timestamp(s.f) at time zone 'UTC' and r.created_at < to_timestamp(s.u) at time zone 'UTC' limit $4) as x)::int as messages,
  (select count(*) from (select from unnest($2::float8[], $3::float8[]) as s (f, u) join reporting_events r on r.account_id = $1
    and r.created_at >= to_timestamp(s.f) at time zone 'UTC' and r.created_at < to_timestamp(s.u) at time zone 'UTC' limit $4) as x)::int as "reportingEvents",
  (select count(*) from (select from unnest($2::float8[], $3::float8[]) as s (f, u) join csat_survey_responses r on r.account_id = $1
    and r.created_at >= to_timestamp(s.f) at time zone 'UTC' and r.created_at < to_timestamp(s.u) at time zone 'UTC' limit $4) as x)::int as "surveyResponses"
