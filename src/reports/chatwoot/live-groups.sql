-- The open conversations of account $1 by team ($2 is 'team_id') or by assignee ($2 is 'assignee_id'), those of team $3
-- only unless null: a row per group that has any, the group of none (null) too, at most $4 rows.
select case $2::text when 'team_id' then team_id else assignee_id end as id,
  count(*)::int as open,
  count(*) filter (where first_reply_created_at is null or waiting_since is not null)::int as unattended,
  count(*) filter (where assignee_id is null)::int as unassigned
from conversations
where account_id = $1 and status = 0 and ($3::bigint is null or team_id = $3)
group by 1
order by 1 nulls last
limit $4
