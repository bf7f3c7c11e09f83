-- Conversations of account $1 created in [$2, $3) by inbox and label.
select conversations.inbox_id, tags.name, count(*) as count
from taggings
join conversations on conversations.id = taggings.taggable_id
join tags on tags.id = taggings.tag_id
where taggings.taggable_type = 'Conversation' and taggings.context = 'labels'
  and conversations.account_id = $1 and conversations.created_at >= $2 and conversations.created_at < $3
  and tags.name in (select title from labels where account_id = $1)
group by 1, 2
