-- How many rows by the hour and by the day are stored of account $1 in the stretches from $2 to $3 (seconds). The dimensions are
-- named, as an index that begins with them would be read from end to end otherwise.
select coalesce(sum(hourly + daily + histograms + tagged), 0)::int as rows
from unnest($2::float8[], $3::float8[]) as span (f, u)
cross join lateral (
  select count(*) as hourly from tidemark.rollup_hourly r
  where r.account_id = $1 and r.dimension = any ('{0,1,2,3,4}') and r.bucket >= to_timestamp(f) and r.bucket < to_timestamp(u)) as h
cross join lateral (
  select count(*) as daily from tidemark.rollup_daily r
  where r.account_id = $1 and r.dimension = any ('{0,1,2,3,4}') and r.bucket >= to_timestamp(f) and r.bucket < to_timestamp(u)) as d
cross join lateral (
  select count(*) as histograms from tidemark.histogram_daily r
  where r.account_id = $1 and r.dimension = any ('{0,1,2,3,4}') and r.bucket >= to_timestamp(f) and r.bucket < to_timestamp(u)) as i
cross join lateral (
  select count(*) as tagged from tidemark.tagged_daily r
  where r.account_id = $1 and r.bucket >= to_timestamp(f) and r.bucket < to_timestamp(u)) as t
