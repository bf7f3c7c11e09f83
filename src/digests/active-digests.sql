-- The digests that are not paused, by account and id, after ($1, $2); at most $3. `planned` are the first dates of the
-- weeks since $4 that have a slot already.
select d.account_id as "accountId", d.id, d.zone, d.weekday, d.time, d.first_weekday as "firstWeekday",
  extract(epoch from d.active_since)::float8 as "activeSince",
  coalesce(array_agg(s.period_start::text) filter (where s.period_start is not null), '{}') as planned
from tidemark.digests d
left join tidemark.digest_slots s on s.account_id = d.account_id and s.digest_id = d.id and s.period_start >= $4::date
where not d.paused and (d.account_id, d.id) > ($1, $2)
group by d.account_id, d.id
order by d.account_id, d.id
limit $3
