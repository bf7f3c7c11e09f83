-- The suppressions of account $1 (of digest $2, unless that is null; of addresses $3 or users $4, unless both are null), by
-- address: $5 of them after the first $6.
select s.digest_id as "digestId", d.name as "digestName", s.address, s.user_id as "userId", s.reason = 'unsubscribed' as "ownWish",
  case when s.entered_at is not null then jsonb_build_object(
    'id', s.entered_by, 'name', u.name, 'at', extract(epoch from s.entered_at)
  ) end as entered,
  extract(epoch from s.at)::float8 as at
from tidemark.suppressions s
left join tidemark.digests d on d.account_id = $1 and d.id = s.digest_id
left join account_users m on m.account_id = $1 and m.user_id = s.entered_by
left join users u on u.id = m.user_id
where s.account_id = $1 and ($2::bigint is null or s.digest_id = $2)
  and ($3::text[] is null or s.address = any ($3) or s.user_id = any ($4))
order by s.address, s.digest_id
limit $5 offset $6
