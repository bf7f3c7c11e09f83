-- Parts that Chatwoot's label summary reads, of the conversations created in each interval: how many carry exactly the tag,
-- and their events, whenever these happened. A row per interval (slot) and label.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on t.name = l.title
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select 4::smallint as dimension, g.label_id as dimension_id,
    count(distinct g.tagging_id)::int as tagged_conversations,
    count(e.value) filter (where e.name = 'first_response')::int as created_first_response_value_n, sum(e.value) filter (where e.name = 'first_response') as created_first_response_value_sum,
    count(e.value_in_business_hours) filter (where e.name = 'first_response')::int as created_first_response_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'first_response') as created_first_response_business_sum,
    count(e.value) filter (where e.name = 'reply_time')::int as created_reply_value_n, sum(e.value) filter (where e.name = 'reply_time') as created_reply_value_sum,
    count(e.value_in_business_hours) filter (where e.name = 'reply_time')::int as created_reply_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'reply_time') as created_reply_business_sum,
    count(e.value) filter (where e.name = 'conversation_resolved')::int as created_resolution_value_n, sum(e.value) filter (where e.name = 'conversation_resolved') as created_resolution_value_sum,
    count(e.value_in_business_hours) filter (where e.name = 'conversation_resolved')::int as created_resolution_business_n,
    sum(e.value_in_business_hours) filter (where e.name = 'conversation_resolved') as created_resolution_business_sum
  from conversations c
  cross join lateral (
    select lt.label_id, g.id as tagging_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels'
    offset 0
  ) as g
  left join lateral (
    select e.name, e.value, e.value_in_business_hours from reporting_events e
    where e.conversation_id = c.id and e.account_id = $1
    offset 0
  ) as e on e.name in ('first_response', 'reply_time', 'conversation_resolved')
  where c.account_id = $1
    and c.created_at >= to_timestamp(i.starts) at time zone 'UTC' and c.created_at < to_timestamp(i.ends) at time zone 'UTC'
    and 4 = any ($4) and ($5::bigint[] is null or g.label_id = any ($5))
  group by g.label_id
) as p
