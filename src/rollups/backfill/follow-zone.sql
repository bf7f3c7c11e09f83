-- Lets the buckets of account $1 follow the zone $2 with the rules $3, from the day $4 (seconds) on by the hour, unless they do.
-- Nothing is rolled then but what is before $5 (raw rows were purged there; -infinity: none were), and that only while its days
-- still start where they did: $6 is the fingerprint of the zone's rules until then. All rows are made anew otherwise, those too
-- that were purged.
update tidemark.accounts a
set rolled_zone = $2, rolled_rules = $3, merged_through = to_timestamp($4),
  covered = a.covered * final.span, outdated = a.outdated * final.span,
  hourly_since = case when $5::float8 > '-infinity' then a.hourly_since end,
  daily_since = case when $5 > '-infinity' then a.daily_since end
from (
  select tstzmultirange(tstzrange('-infinity', case when raw_rules = $6::text then to_timestamp($5::float8) else '-infinity' end))
  from tidemark.accounts where account_id = $1
) as final (span)
where a.account_id = $1 and a.rolled_zone is not null and (a.rolled_zone, a.rolled_rules) <> ($2, $3)
