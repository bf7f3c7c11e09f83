-- Who from outside account $1 is sent a digest of it, or will be, and was not told yet: one row for a digest and an address, at
-- most $2. Users of the account are not from outside, and who wants none of it is not told of it.
with listed as (
  select r.digest_id, r.id, r.address, r.added_by, r.added_at
  from tidemark.recipients r
  where r.account_id = $1 and r.digest_id is not null and r.address is not null
  union all
  select g.digest_id, r.id, r.address, r.added_by, r.added_at
  from tidemark.recipients r
  join tidemark.digest_groups g on g.account_id = $1 and g.group_id = r.group_id
  where r.account_id = $1 and r.address is not null
),
members as materialized (
  select u.id, lower(u.email) as email, u.name
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
)
select distinct on (l.digest_id, lower(l.address)) l.digest_id as "digestId", d.name as digest, d.language, a.name as account,
  l.address, b.name as "addedBy"
from listed l
join tidemark.digests d on d.account_id = $1 and d.id = l.digest_id and d.paused_at is null
join accounts a on a.id = $1
left join members b on b.id = l.added_by
where not exists (select from members m where m.email = lower(l.address))
  and not exists (
    select from tidemark.suppressions s
    where s.account_id = $1 and s.address = lower(l.address) and s.digest_id in (0, l.digest_id)
  )
  and not exists (
    select from tidemark.deliveries n
    where n.account_id = $1 and n.notice_key = 'welcome/' || l.digest_id and lower(n.recipient) = lower(l.address)
  )
order by l.digest_id, lower(l.address), l.added_at, l.id
limit $2
