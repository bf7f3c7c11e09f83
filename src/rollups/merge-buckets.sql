-- Adds the rows of the buckets of a coarser grain from the finer one's. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the buckets (seconds), $4 dimensions. /*…*/ places: see statements.ts.
insert into tidemark./*coarse*/ (account_id, dimension, bucket, dimension_id, /*parts*/)
select $1::int, r.dimension, to_timestamp(b.starts), r.dimension_id, /*sums*/
from unnest($2::float8[], $3::float8[]) as b (starts, ends)
join tidemark./*fine*/ r
  on r.account_id = $1 and r.dimension = any ($4::smallint[])
  and r.bucket >= to_timestamp(b.starts) and r.bucket < to_timestamp(b.ends)
group by r.dimension, b.starts, r.dimension_id
order by r.dimension, b.starts, r.dimension_id
