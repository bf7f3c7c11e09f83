-- How many of the events $13 took how long: by the bins between the edges $12; $14 tells which clock. The rest as in
-- conversations.sql.
select id, oracle.bucket(created_at, $5, $6, $7) as bucket, width_bucket(seconds, $12::float8[]) as bin, count(*) as n
from oracle.events_by_/*dimension*/
cross join lateral (select case when $14::bool then value_in_business_hours else value end as seconds) as clock
where account_id = $1 and dimension = $2 and name = $13 and seconds is not null
  and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
group by 1, 2, 3
