-- The dirty quarter hours of account $1 from $2 (seconds) on, each with whether only its label rows are out of date.
-- A row at no time (infinity) is in no report, so its mark concerns nobody. Steps from one distinct quarter to the next on the
-- index: the log may hold many marks of one quarter.
with recursive mark as (
  (
    select hour, labels_only from tidemark.dirty_hours
    where account_id = $1 and hour >= to_timestamp($2::float8) and hour > '-infinity' and hour < 'infinity'
    order by hour, labels_only limit 1
  )
  union all
  select following.* from mark
  cross join lateral (
    select d.hour, d.labels_only from tidemark.dirty_hours d
    where d.account_id = $1 and d.hour > mark.hour and d.hour < 'infinity'
    order by d.hour, d.labels_only limit 1
  ) as following
)
select extract(epoch from hour)::float8 as quarter, labels_only from mark
