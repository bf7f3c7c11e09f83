-- The slots that wait to be composed at $1, of digests that are not paused, the longest due first, with what their digest
-- holds now; at most $2. With $3 and $4: only those of this account's digest, also when they wait for another try.
select s.account_id as "accountId", s.digest_id as id, s.period_start::text as "firstDate", s.zone, s.state, s.failures,
  extract(epoch from s.due_at)::float8 as due, extract(epoch from s.planned_at)::float8 as "plannedAt",
  d.name, d.first_weekday as "firstWeekday", d.business_hours as "businessHours", d.recipients, d.formats
from tidemark.digest_slots s
join tidemark.digests d on d.account_id = s.account_id and d.id = s.digest_id
where s.state in ('planned', 'waiting_for_data')
  and case when $3::bigint is null then not d.paused and coalesce(s.retry_at <= to_timestamp($1), true)
      else (s.account_id, s.digest_id) = ($3, $4) end
order by s.due_at, s.account_id, s.digest_id
limit $2
