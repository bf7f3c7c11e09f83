-- Resolutions and openings of what was not, and of what was, resolved just before; how many are not resolved when each period
-- ends. Filed as the conversation is. Parameters as in conversations.sql.
with change as (
  select e.account_id, e.conversation_id, e.created_at, e.id, e.name = 'conversation_resolved' as resolved,
    coalesce(lag(e.name) over story = 'conversation_resolved', false) as was_resolved
  from public.reporting_events e join public.conversations c on c.id = e.conversation_id and c.account_id = e.account_id
  where e.account_id = $1 and e.name in ('conversation_resolved', 'conversation_opened') and e.created_at >= c.created_at
  window story as (partition by e.conversation_id order by e.created_at, e.id)
),
-- A reply or a resolution before it, or an opening after it, makes it another than the first contact.
told as (
  select c.*, resolved and not was_resolved as closes, not resolved and was_resolved as reopens,
    not exists (
      select from public.reporting_events o join public.conversations k on k.id = o.conversation_id and k.account_id = o.account_id
      where o.account_id = $1 and o.conversation_id = c.conversation_id and o.created_at >= k.created_at and (
        (o.name in ('reply_time', 'conversation_resolved') and (o.created_at < c.created_at or (o.created_at = c.created_at and o.id < c.id)))
        or (o.name = 'conversation_opened' and (o.created_at > c.created_at or (o.created_at = c.created_at and o.id > c.id))))
    ) as first_contact
  from change c
),
-- Once for each row that stands for the conversation in its dimension.
place as (
  select c.id as conversation_id, d.id, c.created_at, c.contact_id from public.conversations c
  cross join lateral (
    select 'account' as dimension, c.account_id::bigint as id
    union all select 'inbox', c.inbox_id
    union all select 'agent', coalesce(c.assignee_id, 0)
    union all select 'team', coalesce(c.team_id, 0)
    union all select 'label', t.label_id from oracle.taggings t where t.account_id = c.account_id and t.conversation_id = c.id
  ) as d
  where c.account_id = $1 and d.dimension = $2
),
flow as (
  select p.id, oracle.bucket(t.created_at, $5, $6, $7) as bucket,
    count(*) filter (where reopens) as reopened_count,
    count(*) filter (where closes) as first_contact_resolution_n,
    100.0::float8 * count(*) filter (where closes and first_contact) / nullif(count(*) filter (where closes), 0) as first_contact_resolution
  from told t join place p using (conversation_id)
  where t.created_at >= to_timestamp($3::float8) at time zone 'UTC' and t.created_at < to_timestamp($4::float8) at time zone 'UTC'
  group by 1, 2
),
person as (
  select id, oracle.bucket(created_at, $5, $6, $7) as bucket, count(distinct contact_id) as unique_contacts_count
  from place
  where created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC'
  group by 1, 2
)
select id, bucket, reopened_count, first_contact_resolution_n, first_contact_resolution, unique_contacts_count
from flow full join person using (id, bucket)
