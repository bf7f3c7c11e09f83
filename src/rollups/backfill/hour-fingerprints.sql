-- A fingerprint of all hourly rows of account $1 in each of the hours that start at $2 (seconds): equal when they hold the same.
-- Sums of seconds count to twelve digits, as the order in which they were added up is free.
select extract(epoch from bucket)::float8 as hour, md5(string_agg(r::text, ' ' order by dimension, dimension_id)) as fingerprint
from tidemark.rollup_hourly r
where account_id = $1 and dimension = any ('{0,1,2,3,4}') and bucket = any (array(select to_timestamp(unnest($2::float8[]))))
group by bucket
