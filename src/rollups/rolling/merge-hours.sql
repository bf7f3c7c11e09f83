-- Adds the recomputed rows of hours. Run after the old ones were deleted, in the same transaction.
-- $1 account, $2 and $3 starts and ends of the hours (seconds), $4 dimensions, $5 null. /*…*/: see statements.ts.
insert into tidemark.rollup_hourly (account_id, dimension, bucket, dimension_id, /*parts*/)
select $1::int, dimension, to_timestamp(($2::float8[])[slot]), dimension_id, /*sums*/
from (
  /*sources*/
) as part
group by slot, dimension, dimension_id
order by dimension, slot, dimension_id
