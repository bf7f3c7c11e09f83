-- Conversations created. $1 account, $2 dimension, $3 and $4 the range (seconds), $5 zone, $6 grouping, $7 first
-- weekday, $8 to $11 the filter (filter.sql).
select id, oracle.bucket(created_at, $5, $6, $7) as bucket, count(*) as conversations_count
from oracle.conversations_by_/*dimension*/
where account_id = $1 and dimension = $2
  and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
group by 1, 2
