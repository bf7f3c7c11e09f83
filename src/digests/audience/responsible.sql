-- Who answers for digest $2 of account $1: its owner, while he is a member of the account and has an address; else the first
-- three administrators who have one. Who wants no mail of the account at all answers for nothing. `owner` tells which of the two.
with members as (
  select u.id, u.email, m.role = 1 as administrator, u.id = d.owner_id as owner
  from tidemark.digests d
  join account_users m on m.account_id = d.account_id
  join users u on u.id = m.user_id
  where d.account_id = $1 and m.account_id = $1 and d.id = $2 and u.email like '%@%'
    and not exists (
      select from tidemark.suppressions s
      where s.account_id = $1 and s.digest_id = 0 and (s.address = lower(u.email) or s.user_id = u.id)
    )
)
(select id as "userId", email as address, true as owner from members where owner)
union all
(
  select id, email, false
  from members
  where administrator and not exists (select from members where owner)
  order by id
  limit 3
)
