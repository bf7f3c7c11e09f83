-- What account $1 has to do at this moment and who is there to do it. One row. /*…*/: see src/rollups/rolling/filter.ts.
select w.*, a.*
from (
  select
    count(*) filter (where c.status = 0)::int as open,
    count(*) filter (where c.assignee_id is null)::int as unassigned,
    count(*) filter (where c.status = 0 and (c.first_reply_created_at is null or c.waiting_since is not null))::int as unattended,
    count(*) filter (where c.status = 2)::int as pending,
    count(*) filter (where c.status = 3)::int as snoozed
  from conversations c
  where c.account_id = $1 and (c.status in (0, 2, 3) or c.assignee_id is null) /*filter*/
) as w
cross join (
  -- Available as src/accounts/agents.sql says: 0 is online, 2 is busy, and nobody knows who with auto_offline is connected.
  select count(*) filter (where m.availability = 0)::int as agents_online, count(*) filter (where m.availability = 2)::int as agents_busy
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1 and not m.auto_offline
) as a
