-- The quarter hours (seconds) of account $1 that marks of wide scope make dirty, each with whether only its label rows are.
-- $2 conversations, $3 conversations with an event that came, changed or went, $4 label titles, $5 tags. Such an event counts
-- in the label rows of the hour of creation, and decides what the conversation's other changes of status are.
with tagged as (
  select id from tags where lower(name) in (select lower(title) from unnest($4::text[]) as title)
  union
  select unnest($5::bigint[])
),
conversation as (
  select unnest($2::bigint[]) as id
  union
  select g.taggable_id from tagged t
  join taggings g on g.tag_id = t.id and g.taggable_type = 'Conversation'
  join conversations c on c.id = g.taggable_id and c.account_id = $1
),
touched as (
  select created_at, false as labels_only from conversations where account_id = $1 and id in (select id from conversation)
  union all
  select created_at, false from messages where account_id = $1 and conversation_id in (select id from conversation)
  union all
  select created_at, false from reporting_events where account_id = $1 and conversation_id in (select id from conversation)
  union all
  select created_at, false from csat_survey_responses where account_id = $1 and conversation_id in (select id from conversation)
  union all
  select c.created_at, true from conversations c
  where c.account_id = $1 and c.id = any ($3::bigint[])
    and exists (select from taggings g where g.taggable_id = c.id and g.taggable_type = 'Conversation')
  union all
  select created_at, false from reporting_events
  where account_id = $1 and conversation_id = any ($3) and name in ('conversation_resolved', 'conversation_opened')
)
select extract(epoch from tidemark.quarter(created_at))::float8 as quarter, bool_and(labels_only) as labels_only
from touched where isfinite(created_at) group by 1
