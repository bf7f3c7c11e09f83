-- Adds the histograms of months from those of their days. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the months (seconds), $4 dimensions. /*…*/: see statements.ts.
with counted as (
  select h.dimension, b.starts, h.dimension_id, x.histogram, x.value % 1024 as bin, sum(x.value / 1024)::bigint as n
  from unnest($2::float8[], $3::float8[]) as b (starts, ends)
  cross join unnest($4::smallint[]) as d (dimension)
  cross join lateral (
    select h.* from tidemark.histogram_daily h
    where h.account_id = $1 and h.dimension = d.dimension
      and h.bucket >= to_timestamp(b.starts) and h.bucket < to_timestamp(b.ends)
    offset 0
  ) as h
  cross join lateral (/*unnested*/) as x (histogram, value)
  group by 1, 2, 3, 4, 5
)
insert into tidemark.histogram_monthly (account_id, dimension, bucket, dimension_id, /*histograms*/)
select $1::int, dimension, to_timestamp(starts), dimension_id, /*gathered*/
from counted
group by dimension, starts, dimension_id
order by dimension, starts, dimension_id
