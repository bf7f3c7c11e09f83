-- Adds targets of account $1: $2 dimensions, $3 ids, $4 kinds of time, $5 seconds.
insert into tidemark.targets (account_id, dimension, dimension_id, times, seconds)
select $1, t.*
from unnest($2::smallint[], $3::bigint[], $4::text[], $5::float8[]) as t (dimension, dimension_id, times, seconds)
