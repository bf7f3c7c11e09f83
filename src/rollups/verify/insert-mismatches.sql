-- Records rows of account $1 that were found to be wrong at $2 (seconds) and mended. $3: a list of differences
-- (src/rollups/verify/differences.ts) as JSON, the bucket as text: it may lie at no time.
insert into tidemark.mismatches
  (account_id, found_at, rollup_table, bucket, dimension, dimension_id, stored, recomputed, repaired_at)
select $1, to_timestamp($2::float8), d."table", to_timestamp(d.bucket::float8), d.dimension, d."dimensionId",
  nullif(d.stored, 'null'), nullif(d.recomputed, 'null'), to_timestamp($2)
from jsonb_to_recordset($3::jsonb)
  as d ("table" text, bucket text, dimension smallint, "dimensionId" bigint, stored jsonb, recomputed jsonb)
