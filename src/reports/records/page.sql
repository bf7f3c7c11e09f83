-- A page of counted rows, the newest first, each with its conversation (null when that is gone), and how many rows and
-- different conversations there are in all: always a row, with an id that is null when the page is empty.
-- $1 account; /*…*/: the rows (see src/reports/counted-rows.ts), how many of them and after how many.
with counted as materialized (/*rows*/),
total as (
  select count(*)::int as "totalCount", count(distinct conversation_id)::int as "conversationCount" from counted
),
page as (
  select * from counted order by at desc, id desc limit /*limit*/::bigint offset /*offset*/::bigint
)
select t."totalCount", t."conversationCount", p.id, extract(epoch from p.at)::float8 as at, p.value,
  case when c.id is not null then json_build_object(
    'id', c.id,
    'display_id', c.display_id,
    'status', (array['open', 'resolved', 'pending', 'snoozed'])[c.status + 1],
    'inbox_id', c.inbox_id,
    'inbox_name', i.name,
    'assignee_id', c.assignee_id,
    'assignee_name', u.name,
    'team_id', c.team_id,
    'contact_id', c.contact_id,
    'contact_name', k.name,
    'created_at', extract(epoch from c.created_at)::float8
  ) end as conversation
from total t
left join page p on true
left join conversations c on c.id = p.conversation_id and c.account_id = $1
left join inboxes i on i.id = c.inbox_id and i.account_id = $1
left join users u on u.id = c.assignee_id
left join contacts k on k.id = c.contact_id and k.account_id = $1
order by p.at desc, p.id desc
