-- The agents, teams, inboxes and labels of account $1 with the instant since when they are there, at most $2 of each.
-- One statement, so that all names are of one moment.
(
  select 'agents' as "table", u.id, u.name, extract(epoch from m.created_at)::float8 as since
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
  order by u.id
  limit $2
)
union all
(
  select 'teams', id, name, extract(epoch from created_at)::float8 from teams where account_id = $1 order by id limit $2
)
union all
(
  select 'inboxes', id, name, extract(epoch from created_at)::float8 from inboxes where account_id = $1 order by id limit $2
)
union all
(
  select 'labels', id, title, extract(epoch from created_at)::float8 from labels where account_id = $1 order by title, id limit $2
)
