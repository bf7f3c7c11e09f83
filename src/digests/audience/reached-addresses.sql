-- The addresses of all recipients and members of groups of account $1, each once, and whether it is one of a user of the account.
with members as materialized (
  select u.id, lower(u.email) as email
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1 and u.email <> ''
)
select coalesce(lower(r.address), m.email) as address, bool_or(m.id is not null or i.id is not null) as insider
from tidemark.recipients r
left join members m on m.id = r.user_id
left join members i on i.email = lower(r.address)
where r.account_id = $1 and coalesce(r.address, m.email) is not null
group by 1
order by 1
