-- Rows of account $1 in stretches that are neither covered nor outdated, at most 1,000 of each table: no report reads them, and
-- nothing keeps them right. What raw rows are gone of stays, whatever is said of it: nothing could make it again.
with gap as (
  select unnest(tstzmultirange(tstzrange('-infinity', 'infinity')) - covered - outdated
    - tstzmultirange(tstzrange('-infinity', coalesce(raw_since, '-infinity')))) as span
  from tidemark.accounts where account_id = $1
)
select s.*
from gap g
cross join lateral (
  /*tables*/
) as s
