-- The rolled bot events of account $1 in the hours that start at $2 (seconds) and end at $3, in the shape of rollup rows.
select extract(epoch from b.at)::float8 as bucket, b.dimension, b.dimension_id,
  to_jsonb(b) - '{account_id,at,dimension,dimension_id}'::text[] as parts
from unnest($2::float8[], $3::float8[]) as i (starts, ends)
join tidemark.bot_events b
  on b.account_id = $1 and b.dimension = any ('{0,1,2,3,4}') and b.at >= to_timestamp(i.starts) and b.at < to_timestamp(i.ends)
