-- Rows of account $1 that were rolled by other definitions than $2 are covered no more, but outdated; those before raw_since
-- stay, as nothing could be counted anew there. From $4 (seconds) on, the start of today, the account is covered all the same
-- where it was: adopt-marks.sql makes all that there is dirty. $3 are the definitions that outdated rows were rolled by.
with kept as (
  select account_id, covered,
    covered * tstzmultirange(tstzrange('-infinity', coalesce(raw_since, '-infinity'))) as purged,
    case when covered && tstzmultirange(tstzrange(to_timestamp($4::float8), 'infinity'))
      then tstzmultirange(tstzrange(greatest(to_timestamp($4), merged_through), 'infinity')) else '{}' end as present
  from tidemark.accounts where account_id = $1
)
update tidemark.accounts a
set definitions = $2, outdated_definitions = $3, covered = k.purged + k.present, outdated = a.outdated + k.covered - k.purged - k.present
from kept k
where a.account_id = k.account_id
returning extract(epoch from lower(k.present))::float8 as present
