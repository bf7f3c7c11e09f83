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
  select * from by_hand.stored where account_id = any ($1)
)
select unit, account_id, dimension, id, bucket, part, e.amount as expected, s.amount as stored
from expected e full join stored s using (unit, account_id, dimension, id, bucket, part)
where e.amount is distinct from s.amount
order by unit, bucket, account_id, dimension, id limit 1000
