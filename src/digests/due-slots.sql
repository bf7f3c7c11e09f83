-- The slots that wait to be composed at $1, of digests that are not paused, the longest due first; at most $2. With $3 and $4:
-- only those of this account's digest, also when they wait for another try.
select s.id, s.account_id as "accountId", s.digest_id as "digestId", s.period_start as "firstDate", s.period_end as "lastDate",
  s.zone, s.state, s.failures, s.editions, extract(epoch from s.due_at)::float8 as due,
  extract(epoch from s.planned_at)::float8 as "plannedAt"
from tidemark.digest_slots s
join tidemark.digests d on d.account_id = s.account_id and d.id = s.digest_id
where s.state in ('planned', 'waiting_for_data')
  and case when $3::bigint is null then d.paused_at is null and coalesce(s.retry_at <= to_timestamp($1), true)
      else (s.account_id, s.digest_id) = ($3, $4) end
order by s.due_at, s.account_id, s.digest_id
limit $2
