-- The quarter hours (seconds) of account $1 that marks of wide scope make dirty, each with whether only its label rows are.
-- $2 conversations, $3 conversations of which only the hour of creation, $4 label titles, $5 tags.
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
)
select extract(epoch from tidemark.quarter(created_at))::float8 as quarter, bool_and(labels_only) as labels_only
from touched where isfinite(created_at) group by 1
