-- Ends the turn of account $1, whose next one is due at $2; its recent days were verified at $3 (null: not now). $4 are the days
-- that there are (seconds all): what was verified of others is forgotten. How many are verified is counted anew by who tells it
-- (verified-shares.sql); days_verified is kept for processes of the release before, whose metric reads it.
with gone as (
  delete from tidemark.verified_days
  where account_id = $1 and day <> all (array(select to_timestamp(unnest($4::float8[]))))
),
kept as (
  select count(*) as days from tidemark.verified_days
  where account_id = $1 and day = any (array(select to_timestamp(unnest($4::float8[]))))
)
update tidemark.reconciliations r
set due_at = to_timestamp($2::float8), recent_at = coalesce(to_timestamp($3::float8), r.recent_at),
  days_total = cardinality($4::float8[]), days_verified = kept.days
from kept
where r.account_id = $1
