-- Conversations per tag, of those created in [$2, $3) in account $1.
select tags.name, count(taggings.*) as count
from taggings
join conversations on taggings.taggable_id = conversations.id
join tags on taggings.tag_id = tags.id
where taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
  and conversations.account_id = $1 and conversations.created_at >= $2 and conversations.created_at < $3
group by tags.name
