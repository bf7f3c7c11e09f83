-- An oracle of our own for the tests: every fact that a report counts, once for each dimension and id it is filed under,
-- written from the definitions of the metrics and sharing nothing with the statements that roll.
create schema by_hand;

-- Which labels a conversation carries; `exact`: spelled as the label is. The test desks have one tag at a time that fits.
create view by_hand.labelled as
select c.account_id, c.id as conversation_id, l.id as label_id, g.context = 'labels' and t.name = l.title as exact
from conversations c, taggings g, tags t, labels l
where g.taggable_type = 'Conversation' and g.taggable_id = c.id and t.id = g.tag_id
  and l.account_id = c.account_id and lower(l.title) = lower(t.name);

-- What happened, before it is filed: who wrote or was asked, and how much of which part. PostgreSQL looks for an account in the
-- branches of a union only where all have one type for it; otherwise each question reads the rows of every desk.
create view by_hand.happened as
select c.account_id::bigint as account_id, c.id as conversation_id, c.inbox_id, c.assignee_id::bigint as agent_id, c.created_at, 'conversations' as part, 1::float8 as amount
from conversations c
union all
select m.account_id::bigint, m.conversation_id, m.inbox_id, case when m.sender_type = 'User' then m.sender_id end, m.created_at,
  case m.message_type when 0 then 'incoming_messages' else 'outgoing_messages' end, 1
from messages m where m.message_type in (0, 1)
union all
select m.account_id::bigint, m.conversation_id, m.inbox_id, (select c.assignee_id from conversations c where c.id = m.conversation_id), m.created_at, 'surveys', 1
from messages m where m.content_type = 9
union all
select e.account_id::bigint, e.conversation_id, e.inbox_id, e.user_id, e.created_at, k.kind || x.what, x.amount
from reporting_events e
join (values ('first_response', 'first_response'), ('reply_time', 'reply'), ('conversation_resolved', 'resolution')) as k (name, kind) using (name)
cross join lateral (values ('_n', 1), ('_value_sum', e.value), ('_business_sum', e.value_in_business_hours)) as x (what, amount)
union all
select r.account_id::bigint, r.conversation_id, (select c.inbox_id from conversations c where c.id = r.conversation_id), r.assigned_agent_id, r.created_at, 'csat_' || r.rating, 1
from csat_survey_responses r;

-- Changes of status: a resolution closes what was not resolved, an opening reopens what was; by the conversation's own events
-- since it is there, and for where it is now.
create view by_hand.changes as
with told as (
  select c.id as conversation_id, c.account_id, c.inbox_id, c.assignee_id::bigint as agent_id, e.id, e.created_at, e.name,
    lag(e.name) over story as before
  from conversations c join reporting_events e on e.conversation_id = c.id and e.account_id = c.account_id
  where e.name in ('conversation_resolved', 'conversation_opened') and e.created_at >= c.created_at
  window story as (partition by c.id order by e.created_at, e.id)
)
select t.account_id::bigint, t.conversation_id, t.inbox_id, t.agent_id, t.created_at, x.part, 1::float8 as amount
from told t
cross join lateral (
  select 'closings' as part where t.name = 'conversation_resolved' and t.before is distinct from 'conversation_resolved'
  union all
  select 'reopenings' where t.name = 'conversation_opened' and t.before = 'conversation_resolved'
  union all
  select 'first_contact_closings'
  where t.name = 'conversation_resolved' and t.before is distinct from 'conversation_resolved' and not exists (
    select from reporting_events o, conversations c
    where c.id = t.conversation_id and o.conversation_id = c.id and o.account_id = c.account_id and o.created_at >= c.created_at
      and (o.name in ('reply_time', 'conversation_resolved') and (o.created_at, o.id) < (t.created_at, t.id)
        or o.name = 'conversation_opened' and (o.created_at, o.id) > (t.created_at, t.id)))
) as x;

create view by_hand.facts as
select h.account_id, d.dimension, d.id, h.created_at at time zone 'UTC' as at, h.part, h.amount
from (select * from by_hand.happened union all select * from by_hand.changes) h
left join conversations c on c.id = h.conversation_id
cross join lateral (
  values (0, h.account_id::bigint), (1, coalesce(h.inbox_id, 0)), (2, coalesce(h.agent_id, 0)), (3, coalesce(c.team_id, 0))
  union all (select distinct 4, l.label_id from by_hand.labelled l where l.conversation_id = c.id)
) as d (dimension, id)
union all
-- The label summary files a conversation's events under its creation.
select c.account_id::bigint, 4, l.label_id, c.created_at at time zone 'UTC', x.part, x.amount
from conversations c
join by_hand.labelled l on l.conversation_id = c.id and l.exact
cross join lateral (
  select 'tagged_conversations' as part, 1::float8 as amount
  union all
  select 'created_' || k.kind || y.what, y.amount
  from reporting_events e
  join (values ('first_response', 'first_response'), ('reply_time', 'reply'), ('conversation_resolved', 'resolution')) as k (name, kind) using (name)
  cross join lateral (values ('_value_n', 1::float8), ('_value_sum', e.value)) as y (what, amount)
  where e.conversation_id = c.id and e.account_id = c.account_id
) as x;

-- The bot events, filed the same way; `exists`: the conversation is still there.
create view by_hand.bot_facts as
select e.account_id, d.dimension, d.id, e.created_at at time zone 'UTC' as at, e.name = 'conversation_bot_handoff' as handoff, e.conversation_id,
  c.id is not null as exists
from reporting_events e
left join conversations c on c.id = e.conversation_id
cross join lateral (
  values (0, e.account_id::bigint), (1, coalesce(e.inbox_id, 0)::bigint), (2, coalesce(e.user_id, 0)), (3, coalesce(c.team_id, 0))
  union all (select distinct 4, l.label_id from by_hand.labelled l where l.conversation_id = c.id)
) as d (dimension, id)
where e.name in ('conversation_bot_resolved', 'conversation_bot_handoff');

-- The counts and sums that are stored, a row each as the facts are: what is not nought of the columns that a fact can be of. Named
-- by the catalog and told apart here, once, as rows of JSON are taken apart by each question in ten times the time.
do $$
begin
  execute (
    select 'create view by_hand.stored as ' || string_agg(
      format(
        'select %L as unit, r.account_id, r.dimension, r.dimension_id as id, r.bucket, p.part, p.amount '
        'from tidemark.%I r cross join lateral (values %s) as p (part, amount) where p.amount <> 0',
        unit, rolled, (
          select string_agg(format('(%L, r.%I::float8)', attname, attname), ', ')
          from pg_attribute
          where attrelid = format('tidemark.%I', rolled)::regclass and attnum > 0 and not attisdropped
            and attname <> all ('{account_id,dimension,bucket,dimension_id,bot_resolutions,bot_resolutions_detached,bot_handoffs,tagged_resolutions}')
            and attname !~ '^first_response_(value|business)_n|^reply_(value|business)_n|^resolution_(value|business)_n|^created_.*_business_'
        )
      ), ' union all ')
    from (values ('hour', 'rollup_hourly'), ('day', 'rollup_daily'), ('month', 'rollup_monthly')) as t (unit, rolled)
  );
end $$;
