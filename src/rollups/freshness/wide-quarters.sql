-- The first quarter hour (seconds) that marks of wide scope make dirty in each account's latest rolled stretch, as
-- scope-hours.sql looks them up for one account; none where only rows by label are out of date.
-- $1 accounts, $2 for each the start (seconds) of that stretch.
with account as (
  select account_id, since from unnest($1::bigint[], $2::float8[]) as a (account_id, since)
),
conversation as (
  select account_id, id from tidemark.dirty_scopes where account_id = any ($1) and scope = 'conversation'
  union
  select a.account_id, m.id from tidemark.dirty_scopes m cross join account a where m.account_id is null and m.scope = 'tagged'
  union
  select c.account_id, c.id
  from tidemark.dirty_scopes m
  join tags t on case m.scope when 'tag' then t.id = m.id else lower(t.name) = lower(m.title) end
  join taggings g on g.tag_id = t.id and g.taggable_type = 'Conversation'
  join conversations c on c.id = g.taggable_id and c.account_id = any ($1) and (m.account_id is null or m.account_id = c.account_id)
  where m.scope in ('tag', 'label') and (m.account_id is null or m.account_id = any ($1))
),
touched as (
  select c.account_id, c.created_at from conversation k join conversations c on c.account_id = k.account_id and c.id = k.id
  union all
  select m.account_id, m.created_at from conversation k
  join messages m on m.account_id = k.account_id and m.conversation_id = k.id
  union all
  select e.account_id, e.created_at from conversation k
  join reporting_events e on e.account_id = k.account_id and e.conversation_id = k.id
  union all
  select s.account_id, s.created_at from conversation k
  join csat_survey_responses s on s.account_id = k.account_id and s.conversation_id = k.id
  union all
  -- Another event may change what the changes of status of its conversation are.
  select e.account_id, e.created_at from tidemark.dirty_scopes m
  join reporting_events e on e.account_id = m.account_id and e.conversation_id = m.id
    and e.name in ('conversation_resolved', 'conversation_opened')
  where m.account_id = any ($1) and m.scope = 'creation'
)
select t.account_id as id, extract(epoch from min(tidemark.quarter(t.created_at)))::float8 as quarter
from touched t join account a on a.account_id = t.account_id
where isfinite(t.created_at) and tidemark.quarter(t.created_at) + interval '15 minutes' > to_timestamp(a.since)
group by t.account_id
