-- Resolutions in [$2, $3) per tag in account $1.
select tags.name, count(*) as count
from reporting_events
join conversations on reporting_events.conversation_id = conversations.id
join taggings on taggings.taggable_id = conversations.id
join tags on taggings.tag_id = tags.id
where conversations.account_id = $1 and reporting_events.name = 'conversation_resolved'
  and reporting_events.created_at >= $2 and reporting_events.created_at < $3
  and taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
group by tags.name
