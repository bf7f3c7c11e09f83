-- Chatwoot's label summary: exact tags in the context of labels; resolutions by the event's time, the rest by the
-- conversation's creation, whenever its events happened. Parameters as in conversations.sql; the dimension must be label.
with resolution as (
  select t.label_id as id, oracle.bucket(e.created_at, $5, $6, $7) as bucket, count(*) as tagged_resolutions_count
  from public.reporting_events e
  join oracle.taggings t on t.account_id = e.account_id and t.conversation_id = e.conversation_id and t.exact
  where e.account_id = $1 and e.name = 'conversation_resolved'
    and e.created_at >= to_timestamp($3::float8) at time zone 'UTC' and e.created_at < to_timestamp($4::float8) at time zone 'UTC'
  group by 1, 2
),
tagged as materialized (
  select t.label_id as id, oracle.bucket(c.created_at, $5, $6, $7) as bucket, c.id as conversation_id
  from public.conversations c
  join oracle.taggings t on t.account_id = c.account_id and t.conversation_id = c.id and t.exact
  where c.account_id = $1
    and c.created_at >= to_timestamp($3::float8) at time zone 'UTC' and c.created_at < to_timestamp($4::float8) at time zone 'UTC'
),
conversation as (
  select id, bucket, count(*) as tagged_conversations_count from tagged group by 1, 2
),
event as (
  select t.id, t.bucket,
    count(e.value) filter (where e.name = 'first_response') as created_first_response_time_n,
    count(e.value_in_business_hours) filter (where e.name = 'first_response') as created_first_response_time_business_n,
    avg(e.value) filter (where e.name = 'first_response') as created_first_response_time,
    avg(e.value_in_business_hours) filter (where e.name = 'first_response') as created_first_response_time_business,
    count(e.value) filter (where e.name = 'conversation_resolved') as created_resolution_time_n,
    count(e.value_in_business_hours) filter (where e.name = 'conversation_resolved') as created_resolution_time_business_n,
    avg(e.value) filter (where e.name = 'conversation_resolved') as created_resolution_time,
    avg(e.value_in_business_hours) filter (where e.name = 'conversation_resolved') as created_resolution_time_business,
    count(e.value) filter (where e.name = 'reply_time') as created_reply_time_n,
    count(e.value_in_business_hours) filter (where e.name = 'reply_time') as created_reply_time_business_n,
    avg(e.value) filter (where e.name = 'reply_time') as created_reply_time,
    avg(e.value_in_business_hours) filter (where e.name = 'reply_time') as created_reply_time_business
  from tagged t
  join public.reporting_events e on e.account_id = $1 and e.conversation_id = t.conversation_id
  group by 1, 2
)
select * from resolution full join conversation using (id, bucket) full join event using (id, bucket)
where $2 = 'label'
