-- The slots that may be composed at $1, the longest due first, after the one with the instant, account, digest and id $5 to $8;
-- at most $2. A paused digest's wait, unless somebody has decided about them. With $3 and $4: only those of this account's digest,
-- also when it is paused or they wait for another try.
select s.id, s.account_id as "accountId", s.digest_id as "digestId", extract(epoch from s.due_at)::float8 as due
from tidemark.digest_slots s
join tidemark.digests d on d.account_id = s.account_id and d.id = s.digest_id
where s.state in ('planned', 'waiting_for_data', 'held')
  and case when $3::bigint is null
      then (d.paused_at is null or s.decision is not null) and coalesce(s.retry_at <= to_timestamp($1), true)
      else (s.account_id, s.digest_id) = ($3, $4) end
  and (s.due_at, s.account_id, s.digest_id, s.id) > (to_timestamp($5), $6::bigint, $7::bigint, $8::bigint)
order by s.due_at, s.account_id, s.digest_id, s.id
limit $2
