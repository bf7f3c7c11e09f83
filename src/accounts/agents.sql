-- The members of account $1 with their availability, by id; at most $2.
select u.id, u.name, coalesce(u.email, '') as email,
  case when m.auto_offline then 'offline' else (array['online', 'offline', 'busy'])[m.availability + 1] end as availability
from account_users m
join users u on u.id = m.user_id
where m.account_id = $1
order by u.id
limit $2
