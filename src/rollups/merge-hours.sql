-- Replaces nothing: adds the recomputed rows of the hours. Run after the old ones were deleted, in the same transaction.
-- The /*…*/ places are filled from the registry of parts; see statements.ts.
with event_part as materialized (/*events*/),
part as (
  /*sources*/
),
histogram as (
  insert into tidemark.histogram_hourly (account_id, dimension, bucket, dimension_id, /*histograms*/)
  select $1::int, dimension, to_timestamp(($2::float8[])[slot]), dimension_id, /*histograms*/
  from event_part
  where coalesce(/*histograms*/) is not null
)
insert into tidemark.rollup_hourly (account_id, dimension, bucket, dimension_id, /*parts*/)
select $1::int, dimension, to_timestamp(($2::float8[])[slot]), dimension_id, /*sums*/
from part
group by slot, dimension, dimension_id
order by dimension, slot, dimension_id
