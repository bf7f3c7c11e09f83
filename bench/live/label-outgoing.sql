-- Messages sent of account $1 in [$2, $3) by tag of the conversation.
select tags.name, count(*) as count
from messages
join conversations on conversations.id = messages.conversation_id
join taggings on taggings.taggable_id = conversations.id
join tags on tags.id = taggings.tag_id
where messages.account_id = $1 and messages.message_type = 1 and messages.created_at >= $2 and messages.created_at < $3
  and taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
group by 1
