-- Who has marks that wait to be rolled: the account (null: not known yet), the age of its oldest mark in seconds (null: all of
-- them failed before), how many quarters of an hour could not be rolled. For whoever runs the installation: of every account_id.
select account_id as id,
  extract(epoch from clock_timestamp() - min(at) filter (where not failed))::float8 as age,
  (count(distinct hour) filter (where failed))::int as failed
from (
  select account_id, hour, at, failures > 0 as failed from tidemark.dirty_hours
  union all
  select account_id, null, at, false from tidemark.dirty_scopes
) as marks
group by account_id
order by age desc nulls last
