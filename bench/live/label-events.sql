-- Resolutions and times of account $1 in [$2, $3) by tag of the conversation, in one pass.
select tags.name,
  count(*) filter (where reporting_events.name = 'conversation_resolved') as resolutions,
  avg(reporting_events.value) filter (where reporting_events.name = 'conversation_resolved') as resolution_time,
  avg(reporting_events.value) filter (where reporting_events.name = 'first_response') as first_response_time
from reporting_events
join taggings on taggings.taggable_id = reporting_events.conversation_id
join tags on tags.id = taggings.tag_id
where reporting_events.account_id = $1 and reporting_events.created_at >= $2 and reporting_events.created_at < $3
  and taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
group by 1
