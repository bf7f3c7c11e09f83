-- The addresses $2, those of users $3 and of the members of groups $4 of account $1, each with the group that it comes from (null:
-- it is given directly), and whether it is one of a user of the account. Users without an address, or who have left, are left out.
with members as materialized (
  select u.id, u.email, lower(u.email) as lower_email
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
),
given as (
  select a.address, null::bigint as user_id, null::bigint as group_id, a.place
  from unnest($2::text[]) with ordinality as a (address, place)
  union all
  select null, u.id, null, u.place from unnest($3::bigint[]) with ordinality as u (id, place)
  union all
  select r.address, r.user_id, r.group_id, r.id
  from tidemark.recipients r
  where r.account_id = $1 and r.group_id = any ($4)
)
select coalesce(g.address, m.email) as address, m.id is not null or i.id is not null as insider, gr.name as "group"
from given g
left join members m on m.id = g.user_id
left join members i on i.lower_email = lower(g.address)
left join tidemark.recipient_groups gr on gr.account_id = $1 and gr.id = g.group_id
where coalesce(g.address, m.email, '') <> ''
order by g.group_id nulls first, g.user_id nulls first, g.place
