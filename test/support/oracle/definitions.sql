-- What counts for whom, straight from the raw rows and by the definitions of Chatwoot's reports alone: a view per raw table
-- with a row per fact, dimension and id it counts for (0: none). Slow and plain on purpose; nothing of it is Tidemark's.
create schema oracle;

-- The period that holds an instant on the clock of a zone, as text. The hours of a repeated hour differ by their offset.
create function oracle.bucket(at timestamp, zone text, period text, first_weekday int) returns text language sql stable
return case period
  when 'none' then ''
  when 'hour' then date_trunc('hour', at at time zone 'UTC' at time zone zone)::text || ' ' || (at at time zone 'UTC' at time zone zone - at)::text
  when 'week' then (date_trunc('week', at at time zone 'UTC' at time zone zone - (first_weekday - 1) * interval '1 day')
    + (first_weekday - 1) * interval '1 day')::text
  else date_trunc(period, at at time zone 'UTC' at time zone zone)::text
end;

-- A row per tagging that fits a label of the conversation's account in whichever case and context.
create view oracle.taggings as
select c.account_id, c.id as conversation_id, l.id as label_id, t.name = l.title and g.context = 'labels' as exact
from public.conversations c
join public.taggings g on g.taggable_type = 'Conversation' and g.taggable_id = c.id
join public.tags t on t.id = g.tag_id
join public.labels l on l.account_id = c.account_id and t.name ilike regexp_replace(l.title, '([\\%_])', '\\\1', 'g');

create view oracle.labelled as select distinct account_id, conversation_id, label_id from oracle.taggings;

create view oracle.conversations as
select c.account_id, 'account' as dimension, c.account_id::bigint as id, c.created_at from public.conversations c
union all select c.account_id, 'inbox', c.inbox_id, c.created_at from public.conversations c
union all select c.account_id, 'agent', coalesce(c.assignee_id, 0), c.created_at from public.conversations c
union all select c.account_id, 'team', coalesce(c.team_id, 0), c.created_at from public.conversations c
union all select c.account_id, 'label', t.label_id, c.created_at from public.conversations c
  join oracle.taggings t on t.account_id = c.account_id and t.conversation_id = c.id;

create view oracle.messages as
select m.account_id, 'account' as dimension, m.account_id::bigint as id, m.created_at, m.message_type from public.messages m
union all select m.account_id, 'inbox', m.inbox_id, m.created_at, m.message_type from public.messages m
union all select m.account_id, 'agent', case when m.sender_type = 'User' then coalesce(m.sender_id, 0) else 0 end, m.created_at, m.message_type
  from public.messages m
union all select m.account_id, 'team', coalesce(c.team_id, 0), m.created_at, m.message_type from public.messages m
  left join public.conversations c on c.account_id = m.account_id and c.id = m.conversation_id
union all select m.account_id, 'label', l.label_id, m.created_at, m.message_type from public.messages m
  join oracle.labelled l on l.account_id = m.account_id and l.conversation_id = m.conversation_id;

-- A survey is a message that nobody writes: among agents it counts for the conversation's present assignee.
create view oracle.surveys as
select m.account_id, d.dimension, d.id, m.created_at from public.messages m
left join public.conversations c on c.account_id = m.account_id and c.id = m.conversation_id
cross join lateral (values ('account', m.account_id::bigint), ('inbox', m.inbox_id), ('agent', coalesce(c.assignee_id, 0)),
  ('team', coalesce(c.team_id, 0))) as d (dimension, id)
where m.content_type = 9
union all select m.account_id, 'label', l.label_id, m.created_at from public.messages m
  join oracle.labelled l on l.account_id = m.account_id and l.conversation_id = m.conversation_id
where m.content_type = 9;

create view oracle.ratings as
select r.account_id, d.dimension, d.id, r.created_at, r.rating from public.csat_survey_responses r
left join public.conversations c on c.account_id = r.account_id and c.id = r.conversation_id
cross join lateral (values ('account', r.account_id), ('inbox', coalesce(c.inbox_id, 0)), ('agent', coalesce(r.assigned_agent_id, 0)),
  ('team', coalesce(c.team_id, 0))) as d (dimension, id)
union all select r.account_id, 'label', l.label_id, r.created_at, r.rating from public.csat_survey_responses r
  join oracle.labelled l on l.account_id = r.account_id and l.conversation_id = r.conversation_id;

create view oracle.events as
select e.*, 'account' as dimension, e.account_id::bigint as dimension_id from public.reporting_events e
union all select e.*, 'inbox', coalesce(e.inbox_id, 0) from public.reporting_events e
union all select e.*, 'agent', coalesce(e.user_id, 0) from public.reporting_events e
union all select e.*, 'team', coalesce(c.team_id, 0) from public.reporting_events e
  left join public.conversations c on c.account_id = e.account_id and c.id = e.conversation_id
union all select e.*, 'label', l.label_id from public.reporting_events e
  join oracle.labelled l on l.account_id = e.account_id and l.conversation_id = e.conversation_id;
