-- Everybody who is sent digest $2 of account $1, directly or as one of a group, each as he was added: an address that is
-- given twice comes twice, what was given directly first. A user who has left the account has no address.
with listed as (
  select r.id, false as grouped, r.user_id, r.address, r.lens, r.added_by, r.added_at
  from tidemark.recipients r
  where r.account_id = $1 and r.digest_id = $2
  union all
  select r.id, true, r.user_id, r.address, r.lens, r.added_by, r.added_at
  from tidemark.digest_groups g
  join tidemark.recipients r on r.account_id = $1 and r.group_id = g.group_id
  where g.account_id = $1 and g.digest_id = $2
)
select l.user_id as "userId", coalesce(l.address, u.email) as address, u.name, l.lens, b.name as "addedBy",
  extract(epoch from l.added_at)::float8 as "addedAt"
from listed l
left join account_users m on m.account_id = $1 and m.user_id = l.user_id
left join users u on u.id = m.user_id
left join account_users bm on bm.account_id = $1 and bm.user_id = l.added_by
left join users b on b.id = bm.user_id
order by l.grouped, l.id
