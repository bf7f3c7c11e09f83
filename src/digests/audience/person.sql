-- Everything that one person goes by in account $1, of whom address $2 (in lower case) or user $3 is known (the other is null):
-- his addresses in lower case and his ids as a user.
with users_of as (
  select u.id, lower(u.email) as email
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1 and (u.id = $3 or lower(u.email) = $2)
)
select coalesce(array_agg(distinct a.address) filter (where a.address <> ''), '{}') as addresses,
  coalesce((select array_agg(id order by id) from (select id from users_of union select $3 where $3 is not null) ids (id)), '{}') as "userIds"
from (select $2::text as address union select email from users_of) a
