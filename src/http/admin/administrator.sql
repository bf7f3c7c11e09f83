-- Whose the token $1 of Chatwoot is, whether he runs the whole installation there, and the accounts that he administers: those
-- that are not suspended. No row: there is no such token, or it is a bot's.
select t.token, u.id as user_id, u.type is not distinct from 'SuperAdmin' as operator,
  coalesce(array_agg(a.id order by a.id) filter (where m.role = 1 and a.status is distinct from 1), '{}')::bigint[] as accounts
from access_tokens t
join users u on t.owner_type = 'User' and u.id = t.owner_id
left join account_users m on m.user_id = u.id
left join accounts a on a.id = m.account_id
where t.token = $1
group by t.token, u.id
