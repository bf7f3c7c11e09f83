-- What counts for whom, straight from the raw rows and by the definitions of Chatwoot's reports alone: a view per raw table
-- with a row per fact, dimension and id it counts for (0: none). Slow and plain on purpose; nothing of it is Tidemark's.
-- A view /*kept*/ may be computed once where the raw rows stay as they are.
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
create /*kept*/ view oracle.taggings as
select c.account_id, c.id as conversation_id, l.id as label_id, t.name = l.title and g.context = 'labels' as exact
from public.conversations c
join public.taggings g on g.taggable_type = 'Conversation' and g.taggable_id = c.id
join public.tags t on t.id = g.tag_id
join public.labels l on l.account_id = c.account_id and t.name ilike regexp_replace(l.title, '([\\%_])', '\\\1', 'g');

create /*kept*/ view oracle.labelled as select distinct account_id, conversation_id, label_id from oracle.taggings;

-- What happened, with whom it counts for: the conversation's labels are found by its id (see filter.sql).
create view oracle.conversation as
select c.account_id, c.created_at, c.contact_id, c.id as conversation_id, c.inbox_id, coalesce(c.assignee_id, 0) as agent_id,
  coalesce(c.team_id, 0) as team_id
from public.conversations c;

create view oracle.message as
select m.account_id, m.created_at, m.message_type, m.conversation_id, m.inbox_id,
  case when m.sender_type = 'User' then coalesce(m.sender_id, 0) else 0 end as agent_id, coalesce(c.team_id, 0) as team_id
from public.messages m
left join public.conversations c on c.account_id = m.account_id and c.id = m.conversation_id;

-- A survey is a message that nobody writes: among agents it counts for the conversation's present assignee.
create view oracle.survey as
select m.account_id, m.created_at, m.conversation_id, m.inbox_id, coalesce(c.assignee_id, 0) as agent_id, coalesce(c.team_id, 0) as team_id
from public.messages m
left join public.conversations c on c.account_id = m.account_id and c.id = m.conversation_id
where m.content_type = 9;

create view oracle.rating as
select r.account_id, r.created_at, r.rating, r.conversation_id, coalesce(c.inbox_id, 0) as inbox_id,
  coalesce(r.assigned_agent_id, 0) as agent_id, coalesce(c.team_id, 0) as team_id
from public.csat_survey_responses r
left join public.conversations c on c.account_id = r.account_id and c.id = r.conversation_id;

create view oracle.event as
select e.account_id, e.created_at, e.name, e.value, e.value_in_business_hours, e.conversation_id, coalesce(e.inbox_id, 0) as inbox_id,
  coalesce(e.user_id, 0) as agent_id, coalesce(c.team_id, 0) as team_id
from public.reporting_events e
left join public.conversations c on c.account_id = e.account_id and c.id = e.conversation_id;

-- The facts by dimension: a view for each, as all of them in one take five times as long to plan, which is most of a statement's
-- time. Conversations count once per tag that fits, as Chatwoot counts them.
create view oracle.conversations_by_account as select 'account' as dimension, f.account_id::bigint as id, f.* from oracle.conversation f;
create view oracle.conversations_by_inbox as select 'inbox' as dimension, f.inbox_id::bigint as id, f.* from oracle.conversation f;
create view oracle.conversations_by_agent as select 'agent' as dimension, f.agent_id::bigint as id, f.* from oracle.conversation f;
create view oracle.conversations_by_team as select 'team' as dimension, f.team_id::bigint as id, f.* from oracle.conversation f;
create view oracle.conversations_by_label as select 'label' as dimension, l.label_id as id, f.* from oracle.conversation f
  join oracle.taggings l on l.account_id = f.account_id and l.conversation_id = f.conversation_id;

create view oracle.messages_by_account as select 'account' as dimension, f.account_id::bigint as id, f.* from oracle.message f;
create view oracle.messages_by_inbox as select 'inbox' as dimension, f.inbox_id::bigint as id, f.* from oracle.message f;
create view oracle.messages_by_agent as select 'agent' as dimension, f.agent_id::bigint as id, f.* from oracle.message f;
create view oracle.messages_by_team as select 'team' as dimension, f.team_id::bigint as id, f.* from oracle.message f;
create view oracle.messages_by_label as select 'label' as dimension, l.label_id as id, f.* from oracle.message f
  join oracle.labelled l on l.account_id = f.account_id and l.conversation_id = f.conversation_id;

create view oracle.surveys_by_account as select 'account' as dimension, f.account_id::bigint as id, f.* from oracle.survey f;
create view oracle.surveys_by_inbox as select 'inbox' as dimension, f.inbox_id::bigint as id, f.* from oracle.survey f;
create view oracle.surveys_by_agent as select 'agent' as dimension, f.agent_id::bigint as id, f.* from oracle.survey f;
create view oracle.surveys_by_team as select 'team' as dimension, f.team_id::bigint as id, f.* from oracle.survey f;
create view oracle.surveys_by_label as select 'label' as dimension, l.label_id as id, f.* from oracle.survey f
  join oracle.labelled l on l.account_id = f.account_id and l.conversation_id = f.conversation_id;

create view oracle.ratings_by_account as select 'account' as dimension, f.account_id::bigint as id, f.* from oracle.rating f;
create view oracle.ratings_by_inbox as select 'inbox' as dimension, f.inbox_id::bigint as id, f.* from oracle.rating f;
create view oracle.ratings_by_agent as select 'agent' as dimension, f.agent_id::bigint as id, f.* from oracle.rating f;
create view oracle.ratings_by_team as select 'team' as dimension, f.team_id::bigint as id, f.* from oracle.rating f;
create view oracle.ratings_by_label as select 'label' as dimension, l.label_id as id, f.* from oracle.rating f
  join oracle.labelled l on l.account_id = f.account_id and l.conversation_id = f.conversation_id;

create view oracle.events_by_account as select 'account' as dimension, f.account_id::bigint as id, f.* from oracle.event f;
create view oracle.events_by_inbox as select 'inbox' as dimension, f.inbox_id::bigint as id, f.* from oracle.event f;
create view oracle.events_by_agent as select 'agent' as dimension, f.agent_id::bigint as id, f.* from oracle.event f;
create view oracle.events_by_team as select 'team' as dimension, f.team_id::bigint as id, f.* from oracle.event f;
create view oracle.events_by_label as select 'label' as dimension, l.label_id as id, f.* from oracle.event f
  join oracle.labelled l on l.account_id = f.account_id and l.conversation_id = f.conversation_id;

create view oracle.events as
select * from oracle.events_by_account
union all select * from oracle.events_by_inbox
union all select * from oracle.events_by_agent
union all select * from oracle.events_by_team
union all select * from oracle.events_by_label;

-- A conversation's states one after the other, each until the next: not resolved from its creation on, then what each resolution
-- or opening makes of it.
create /*kept*/ view oracle.states as
select account_id, conversation_id, resolved, at, lead(at) over story as until
from (
  select account_id, id as conversation_id, false as resolved, created_at as at, 0::bigint as place from public.conversations
  union all
  select e.account_id, e.conversation_id, e.name = 'conversation_resolved', e.created_at, e.id
  from public.reporting_events e join public.conversations c on c.id = e.conversation_id and c.account_id = e.account_id
  where e.name in ('conversation_resolved', 'conversation_opened') and e.created_at >= c.created_at
) as s
window story as (partition by account_id, conversation_id order by at, place);

-- Resolutions of what was not, and openings of what was, resolved just before. A reply or a resolution before it, or an opening
-- after it, makes a resolution another than that of the first contact.
create /*kept*/ view oracle.changes as
select account_id, conversation_id, created_at, first_contact, name = 'conversation_resolved' and not was_resolved as closes,
  name = 'conversation_opened' and was_resolved as reopens
from (
  select account_id, conversation_id, created_at, name,
    lag(name) over (partition by account_id, conversation_id, name = 'reply_time' order by created_at, id)
      is not distinct from 'conversation_resolved' as was_resolved,
    count(*) filter (where name <> 'conversation_opened') over (story rows between unbounded preceding and 1 preceding)
      + count(*) filter (where name = 'conversation_opened') over (story rows between 1 following and unbounded following) = 0 as first_contact
  from (
    select e.account_id, e.conversation_id, e.created_at, e.id, e.name
    from public.reporting_events e join public.conversations c on c.id = e.conversation_id and c.account_id = e.account_id
    where e.name in ('conversation_resolved', 'conversation_opened', 'reply_time') and e.created_at >= c.created_at
  ) as event
  window story as (partition by account_id, conversation_id order by created_at, id)
) as told
where name <> 'reply_time';
