-- The digests that are not paused, by account and id, after ($1, $2); at most $3. `planned` are the periods since $4, as
-- first and last date, that have a slot already.
select d.account_id as "accountId", d.id, d.zone, d.cadence, d.data_window as "window", d.first_weekday as "firstWeekday",
  d.starts_on as "startsOn", d.ends_on as "endsOn", extract(epoch from d.active_since)::float8 as "activeSince",
  coalesce(array_agg(s.period_start || '/' || s.period_end) filter (where s.id is not null), '{}') as planned
from tidemark.digests d
left join tidemark.digest_slots s on s.account_id = d.account_id and s.digest_id = d.id and s.period_end >= $4::date
where d.paused_at is null and (d.account_id, d.id) > ($1, $2)
group by d.account_id, d.id
order by d.account_id, d.id
limit $3
