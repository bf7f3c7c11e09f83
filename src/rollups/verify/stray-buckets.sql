-- Buckets (seconds) of account $1 with rows of any table before $2 (seconds) or from $3 on, and hours with raw rows there, within
-- [$4, $5): at most 400 of each kind. What lies where there is no history is either wrong or a slip of a clock.
with outside as (
  select to_timestamp($4::float8) as low, to_timestamp($2::float8) as high
  union all
  select to_timestamp($3::float8), to_timestamp($5::float8)
)
select distinct extract(epoch from bucket)::float8 as bucket
from outside o
cross join lateral (
  /*rolled*/
  union all
  (select b.at from tidemark.bot_events b
   where b.account_id = $1 and b.dimension = any ('{0,1,2,3,4}') and b.at >= o.low and b.at < o.high limit 400)
  union all
  /*raw*/
) as stray (bucket)
