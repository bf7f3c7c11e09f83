-- How many conversations of account $1 are open, unattended (open, and nobody replied yet or the customer waits),
-- unassigned (open, without assignee) and pending at this moment; those of team $2 only unless null. One row.
select
  count(*) filter (where status = 0)::int as open,
  count(*) filter (where status = 0 and (first_reply_created_at is null or waiting_since is not null))::int as unattended,
  count(*) filter (where status = 0 and assignee_id is null)::int as unassigned,
  count(*) filter (where status = 2)::int as pending
from conversations
where account_id = $1 and status in (0, 2) and ($2::bigint is null or team_id = $2)
