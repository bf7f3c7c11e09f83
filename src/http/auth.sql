-- The token $1 with its owner, and what he is in the account $2: one row, or none when there is no such token.
select
  t.token,
  t.owner_type,
  u.id as user_id,
  a.id as account_id,
  m.id is not null as member,
  a.status = 1 as suspended,
  m.role,
  r.permissions
from access_tokens as t
left join users as u on t.owner_type = 'User' and u.id = t.owner_id
left join accounts as a on a.id = $2::bigint
left join account_users as m on m.account_id = a.id and m.user_id = u.id
left join custom_roles as r on r.id = m.custom_role_id and r.account_id = a.id
where t.token = $1
