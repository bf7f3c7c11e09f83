-- The same hourly rows made once by hand, in one pass over all accounts at once and in UTC hours: counts and sums only, no
-- histograms, no bot events, no days, no months, no business hours, nothing that could be resumed.
create table bench_by_hand as
with label as (
  select distinct g.taggable_id as conversation_id, l.account_id, l.id as label_id
  from taggings g join tags t on t.id = g.tag_id join labels l on l.title = t.name
  where g.taggable_type = 'Conversation'
),
fact as (
  select c.account_id, c.created_at, c.id as conversation_id, c.inbox_id, c.assignee_id as agent_id, c.team_id,
    1 as conversations, 0 as incoming, 0 as outgoing, null::text as name, null::float8 as value
  from conversations c
  union all
  select m.account_id, m.created_at, m.conversation_id, m.inbox_id, case when m.sender_type = 'User' then m.sender_id end, c.team_id,
    0, (m.message_type = 0)::int, (m.message_type = 1)::int, null, null
  from messages m join conversations c on c.id = m.conversation_id
  union all
  select e.account_id, e.created_at, e.conversation_id, e.inbox_id, e.user_id, c.team_id, 0, 0, 0, e.name, e.value
  from reporting_events e left join conversations c on c.id = e.conversation_id
),
filed as (
  select f.*, d.dimension, coalesce(d.dimension_id, 0) as dimension_id
  from fact f
  cross join lateral (values (0, f.account_id), (1, f.inbox_id), (2, f.agent_id), (3, f.team_id)) as d (dimension, dimension_id)
  union all
  select f.*, 4, l.label_id from fact f join label l on l.conversation_id = f.conversation_id and l.account_id = f.account_id
)
select account_id, dimension, date_trunc('hour', created_at) as bucket, dimension_id,
  sum(conversations) as conversations, sum(incoming) as incoming, sum(outgoing) as outgoing,
  count(*) filter (where name = 'first_response') as first_responses, sum(value) filter (where name = 'first_response') as first_response_sum,
  count(*) filter (where name = 'reply_time') as replies, sum(value) filter (where name = 'reply_time') as reply_sum,
  count(*) filter (where name = 'conversation_resolved') as resolutions, sum(value) filter (where name = 'conversation_resolved') as resolution_sum
from filed
group by 1, 2, 3, 4
order by 1, 2, 3, 4
