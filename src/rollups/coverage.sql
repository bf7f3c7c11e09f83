-- How far account $1 is rolled by the definitions $2 (rows by others are as good as none, but where raw rows are gone: what was
-- counted then is all there is): its covered stretches as their starts and ends, in order; all times in seconds. Where something
-- was purged, `first` is its first bucket: the first month, unless that is still going on.
select a.account_id as id, a.rolled_zone as zone, a.rolled_rules as rules, a.raw_rules as "rawRules", extract(epoch from a.merged_through)::float8 as merged,
  array(select extract(epoch from lower(span))::float8 from unnest(c.covered) as span order by span) as starts,
  array(select extract(epoch from upper(span))::float8 from unnest(c.covered) as span order by span) as ends,
  extract(epoch from a.raw_since)::float8 as raw, extract(epoch from a.hourly_since)::float8 as hourly,
  extract(epoch from a.daily_since)::float8 as daily,
  case when num_nonnulls(a.raw_since, a.hourly_since, a.daily_since) > 0 then
    extract(epoch from tidemark.first_bucket(a.account_id))::float8 end as first
from tidemark.accounts a
cross join lateral (
  select case when a.definitions = $2 then a.covered
    else a.covered * tstzmultirange(tstzrange('-infinity', coalesce(a.raw_since, '-infinity'))) end as covered
) as c
where a.account_id = $1 and a.rolled_zone is not null
