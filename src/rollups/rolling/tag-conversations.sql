-- Conversations created in each interval by tag and present inbox, each once for every tag of the context labels: a row per
-- interval (slot), tag and inbox that has any. $1 account, $2 and $3 starts and ends of the intervals (seconds).
select tagged.slot, tagged.tag_id::bigint, tagged.inbox_id::bigint, count(*)::int as conversations
from (
  select distinct i.slot::int as slot, c.id, c.inbox_id, g.tag_id
  from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
  join conversations c on c.account_id = $1::int
    and c.created_at >= to_timestamp(i.starts) at time zone 'UTC' and c.created_at < to_timestamp(i.ends) at time zone 'UTC'
  join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels' and g.tag_id is not null
) as tagged
group by 1, 2, 3
