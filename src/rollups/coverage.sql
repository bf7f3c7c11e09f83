-- How far account $1 is rolled by the definitions $2 (rows by others are as good as none, but where raw rows are gone: what was
-- counted then is all there is): a row per covered stretch (one with nulls when there is none), in order, times in seconds. Where
-- something was purged, `first` is its first bucket: the first month, unless that is still going on.
select a.account_id as id, a.rolled_zone as zone, a.rolled_rules as rules, a.raw_rules as "rawRules", extract(epoch from a.merged_through)::float8 as merged,
  extract(epoch from lower(span))::float8 as "from", extract(epoch from upper(span))::float8 as until,
  extract(epoch from a.raw_since)::float8 as raw, extract(epoch from a.hourly_since)::float8 as hourly,
  extract(epoch from a.daily_since)::float8 as daily,
  case when num_nonnulls(a.raw_since, a.hourly_since, a.daily_since) > 0 then extract(epoch from least(
    (select min(bucket) from tidemark.rollup_monthly where account_id = a.account_id and dimension = 0),
    (select min(bucket) from tidemark.rollup_daily where account_id = a.account_id and dimension = 0),
    (select min(bucket) from tidemark.rollup_hourly where account_id = a.account_id and dimension = 0)))::float8 end as first
from tidemark.accounts a
left join lateral unnest(
  case when a.definitions = $2 then a.covered
    else a.covered * tstzmultirange(tstzrange('-infinity', coalesce(a.raw_since, '-infinity'))) end
) as span on true
where a.account_id = $1 and a.rolled_zone is not null
order by a.account_id, span
