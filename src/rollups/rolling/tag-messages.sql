-- Outgoing messages written in each interval by tag and present inbox of their conversation, each once for every tag of the
-- context labels: a row per interval (slot), tag and inbox that has any.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds).
select tagged.slot, tagged.tag_id::bigint, tagged.inbox_id::bigint, sum(tagged.messages)::int as outgoing_messages
from (
  select distinct b.slot, c.id, c.inbox_id, g.tag_id, b.messages
  -- Added up per conversation first: a conversation's messages come in bunches, and the look-ups are per conversation.
  from (
    select i.slot::int as slot, m.conversation_id, count(*)::int as messages
    from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
    join messages m on m.account_id = $1::int and m.message_type = 1
      and m.created_at >= to_timestamp(i.starts) at time zone 'UTC' and m.created_at < to_timestamp(i.ends) at time zone 'UTC'
      -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
      and m.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
      and m.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
    group by 1, 2
  ) as b
  join conversations c on c.id = b.conversation_id and c.account_id = $1
  join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels' and g.tag_id is not null
) as tagged
group by 1, 2, 3
