-- The members of account $1 on one page ($2 to a page, $3 before it) with what is open of theirs at this moment: the most
-- open first. Members come onto pages in the order in which they joined, however busy they are.
select p.id, p.name, p.email, p.availability, w.open, w.unattended
from (
  select m.id as membership, u.id, u.name, coalesce(u.email, '') as email,
    case when m.auto_offline then 'offline' else (array['online', 'offline', 'busy'])[m.availability + 1] end as availability
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
  order by m.id
  limit $2 offset $3
) as p
cross join lateral (
  select count(*)::int as open,
    count(*) filter (where c.first_reply_created_at is null or c.waiting_since is not null)::int as unattended
  from conversations c
  where c.account_id = $1 and c.assignee_id = p.id and c.status = 0
) as w
order by w.open desc, p.membership desc
