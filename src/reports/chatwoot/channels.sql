-- Conversations of account $1 created in [$2, $3) (seconds) by the channel of their present inbox and by present status:
-- a row per channel that has any.
select coalesce(i.channel_type, '') as channel_type,
  count(*) filter (where c.status = 0)::int as open,
  count(*) filter (where c.status = 1)::int as resolved,
  count(*) filter (where c.status = 2)::int as pending,
  count(*) filter (where c.status = 3)::int as snoozed
from conversations c
join inboxes i on i.id = c.inbox_id and i.account_id = c.account_id
where c.account_id = $1
  and c.created_at >= to_timestamp($2::float8) at time zone 'UTC' and c.created_at < to_timestamp($3::float8) at time zone 'UTC'
group by 1
order by 1
