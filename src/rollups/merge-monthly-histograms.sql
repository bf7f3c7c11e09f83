-- Adds the monthly histograms from the daily ones, bins in ascending order. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the months (seconds), $4 dimensions.
with binned as (
  select h.dimension, b.starts, h.dimension_id, h.histogram, x.bin, sum(x.n)::int as n
  from unnest($2::float8[], $3::float8[]) as b (starts, ends)
  join tidemark.histogram_daily h
    on h.account_id = $1 and h.dimension = any ($4::smallint[])
    and h.bucket >= to_timestamp(b.starts) and h.bucket < to_timestamp(b.ends)
  cross join lateral unnest(h.bins, h.counts) as x (bin, n)
  group by 1, 2, 3, 4, 5
)
insert into tidemark.histogram_monthly (account_id, dimension, bucket, dimension_id, histogram, bins, counts)
select $1::int, dimension, to_timestamp(starts), dimension_id, histogram, array_agg(bin order by bin), array_agg(n order by bin)
from binned
group by dimension, starts, dimension_id, histogram
order by dimension, starts, dimension_id, histogram
