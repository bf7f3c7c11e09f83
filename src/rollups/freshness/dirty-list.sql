-- The dirty quarter hours of accounts $1 within $3 seconds of 1970, by account, newest first as they are rolled, at most $2: since
-- when each waits, how often it failed and why, and when it is tried next (all in seconds; null: with the next sweep).
select account_id as id, extract(epoch from hour)::float8 as quarter, bool_and(labels_only) as "labelsOnly",
  extract(epoch from min(at))::float8 as at, max(failures)::int as failures, max(error) as error,
  case when bool_and(retry_at is not null) then extract(epoch from min(retry_at))::float8 end as "nextTry"
from tidemark.dirty_hours
where account_id = any ($1::bigint[]) and hour >= to_timestamp(-$3::float8) and hour < to_timestamp($3)
group by account_id, hour
order by account_id, hour desc
limit $2
