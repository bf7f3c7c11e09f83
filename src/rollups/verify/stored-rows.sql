-- The rows of table /*table*/ of account $1 whose buckets begin in the stretches from $2 (seconds) to $3, wherever in them: one
-- that lies between two hours counts in reports as well.
select extract(epoch from r.bucket)::float8 as bucket, /*dimension*/ as dimension, /*id*/ as dimension_id,
  to_jsonb(r) - '{account_id,bucket,dimension,dimension_id,inbox_id}'::text[] as parts
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
cross join lateral (
  select r.* from tidemark./*table*/ r
  where r.account_id = $1 and r.bucket >= to_timestamp(i.starts) and r.bucket < to_timestamp(i.ends) /*keyed*/
  offset 0
) as r
