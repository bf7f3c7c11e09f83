-- Conversations that are not resolved at an instant: created before it, and the latest change of status before it is no
-- resolution. $1 account, $2 dimension, $3 the instants (seconds), $4 a name for each.
with place as (
  select c.id as conversation_id, d.id, c.created_at from public.conversations c
  cross join lateral (
    select 'account' as dimension, c.account_id::bigint as id
    union all select 'inbox', c.inbox_id
    union all select 'agent', coalesce(c.assignee_id, 0)
    union all select 'team', coalesce(c.team_id, 0)
    union all select 'label', t.label_id from oracle.taggings t where t.account_id = c.account_id and t.conversation_id = c.id
  ) as d
  where c.account_id = $1 and d.dimension = $2
),
-- A conversation's states one after the other, each until the next.
state as (
  select conversation_id, resolved, at, lead(at) over story as until
  from (
    select id as conversation_id, false as resolved, created_at as at, 0::bigint as place from public.conversations where account_id = $1
    union all
    select e.conversation_id, e.name = 'conversation_resolved', e.created_at, e.id from public.reporting_events e
    join public.conversations c on c.id = e.conversation_id and c.account_id = e.account_id
    where e.account_id = $1 and e.name in ('conversation_resolved', 'conversation_opened') and e.created_at >= c.created_at
  ) as s
  window story as (partition by conversation_id order by at, place)
),
step as (
  select p.id, s.at, 1 as n from state s join place p using (conversation_id) where not s.resolved
  union all
  select p.id, s.until, -1 from state s join place p using (conversation_id) where not s.resolved and s.until is not null
),
line as (
  select id, name, sum(n) over (partition by id order by at, looked desc rows unbounded preceding) as open_conversations_count
  from (
    select id, at, n, null as name, 0 as looked from step
    union all
    select i.id, to_timestamp(u.at) at time zone 'UTC', 0, u.name, 1
    from (select distinct id from place) as i cross join unnest($3::float8[], $4::text[]) as u (at, name)
  ) as l
)
select id, name as bucket, open_conversations_count from line where name is not null
