-- The rolled bot events of conversations $2 of account $1, in the shape of rollup rows.
select extract(epoch from b.at)::float8 as bucket, b.dimension, b.dimension_id,
  to_jsonb(b) - '{account_id,at,dimension,dimension_id}'::text[] as parts
from tidemark.bot_events b
where b.account_id = $1 and b.conversation_id = any ($2::bigint[])
