-- Adds the rows of the buckets of a coarser grain from the finer one's. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the buckets (seconds), $4 dimensions. /*…*/ places: see statements.ts.
insert into tidemark./*coarse*/ (account_id, dimension, bucket, dimension_id, /*parts*/)
select $1::int, r.dimension, to_timestamp(b.starts), r.dimension_id, /*sums*/
from unnest($2::float8[], $3::float8[]) as b (starts, ends)
cross join unnest($4::smallint[]) as d (dimension)
-- Fenced off by the offset: without statistics, as on a fresh table, the planner would otherwise join the long way round
-- (measured: 17 s of a backfill of 33 s).
cross join lateral (
  select r.* from tidemark./*fine*/ r
  where r.account_id = $1 and r.dimension = d.dimension
    and r.bucket >= to_timestamp(b.starts) and r.bucket < to_timestamp(b.ends)
  offset 0
) as r
group by r.dimension, b.starts, r.dimension_id
order by r.dimension, b.starts, r.dimension_id
