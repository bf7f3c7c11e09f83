-- Where the counts and sums of the rollup rows of accounts $1 differ from the facts: hours of the rolled zone, and those days and
-- months that are over. For accounts that are covered from end to end.
with expected as (
  select g.unit, f.account_id, f.dimension, f.id, date_trunc(g.unit, f.at, a.rolled_zone) as bucket, f.part, sum(f.amount) as amount
  from by_hand.facts f
  join tidemark.accounts a on a.account_id = f.account_id
  cross join (values ('hour', null), ('day', interval '1 day'), ('month', interval '1 month')) as g (unit, length)
  where f.account_id = any ($1)
    and (g.length is null or (date_trunc(g.unit, f.at at time zone a.rolled_zone) + g.length) at time zone a.rolled_zone <= a.merged_through)
  group by 1, 2, 3, 4, 5, 6
  having sum(f.amount) <> 0
),
stored as (
  select r.unit, r.account_id, r.dimension, r.dimension_id as id, r.bucket, p.part, p.amount::float8 as amount
  from (
    select 'hour' as unit, h.* from tidemark.rollup_hourly h
    union all
    select 'day', d.* from tidemark.rollup_daily d
    union all
    select 'month', m.* from tidemark.rollup_monthly m
  ) as r
  cross join lateral jsonb_each_text(
    to_jsonb(r) - '{unit,account_id,dimension,bucket,dimension_id,bot_resolutions,bot_resolutions_detached,bot_handoffs,tagged_resolutions}'::text[]
  ) as p (part, amount)
  where r.account_id = any ($1) and p.amount::float8 <> 0 and p.part !~ '^first_response_(value|business)_n|^reply_(value|business)_n|^resolution_(value|business)_n|^created_.*_business_'
)
select unit, account_id, dimension, id, bucket, part, e.amount as expected, s.amount as stored
from expected e full join stored s using (unit, account_id, dimension, id, bucket, part)
where e.amount is distinct from s.amount
order by unit, bucket, account_id, dimension, id limit 1000
