-- Average of events named $4 per tag, of conversations created in [$2, $3) in account $1.
select tags.name, avg(reporting_events.value) as average
from reporting_events
join conversations on reporting_events.conversation_id = conversations.id
join taggings on taggings.taggable_id = conversations.id
join tags on taggings.tag_id = tags.id
where conversations.account_id = $1 and conversations.created_at >= $2 and conversations.created_at < $3
  and reporting_events.name = $4 and taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
group by tags.name
