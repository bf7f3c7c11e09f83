-- Parts of the messages written in each interval: a row per interval (slot), dimension and id.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select d.dimension, d.dimension_id, /*split*/
    sum(d.incoming)::int as incoming_messages, sum(d.outgoing)::int as outgoing_messages, sum(d.surveys)::int as surveys
  -- Added up per conversation first: a conversation's messages come in bunches, and the look-ups are per conversation.
  from (
    select m.conversation_id, m.inbox_id, case when m.sender_type = 'User' then m.sender_id end as author_id,
      count(*) filter (where m.message_type = 0)::int as incoming,
      count(*) filter (where m.message_type = 1)::int as outgoing,
      count(*) filter (where m.content_type = 9)::int as surveys
    from messages m
    where m.account_id = $1
      and m.created_at >= to_timestamp(i.starts) at time zone 'UTC' and m.created_at < to_timestamp(i.ends) at time zone 'UTC'
      -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
      and m.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
      and m.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
      and (m.message_type in (0, 1) or m.content_type = 9)
    group by 1, 2, 3
    offset 0
  ) as b
  left join lateral (
    select c.id, c.assignee_id, c.team_id from conversations c where c.id = b.conversation_id and c.account_id = $1 offset 0
  ) as c on true
  -- An agent's messages are those he wrote; a survey, which nobody writes, is its assignee's.
  cross join lateral (
    select b.author_id as agent_id, b.incoming, b.outgoing, 0 as surveys where b.incoming + b.outgoing > 0
    union all select c.assignee_id, 0, 0, b.surveys where b.surveys > 0
  ) as k
  cross join lateral (
    select 0::smallint, $1::bigint, k.incoming, k.outgoing, k.surveys
    union all select 1, b.inbox_id, k.incoming, k.outgoing, k.surveys
    union all select 2, coalesce(k.agent_id, 0), k.incoming, k.outgoing, k.surveys
    union all select 3, coalesce(c.team_id, 0), k.incoming, k.outgoing, k.surveys
    union all (
      select distinct 4, lt.label_id, k.incoming, k.outgoing, k.surveys
      from taggings g join label_tags lt on lt.tag_id = g.tag_id
      where g.taggable_id = c.id and g.taggable_type = 'Conversation' and 4 = any ($4)
    )
  ) as d (dimension, dimension_id, incoming, outgoing, surveys)
  where d.dimension = any ($4) and ($5::bigint[] is null or d.dimension_id = any ($5)) /*filter*/
  group by d.dimension, d.dimension_id /*by*/
) as p
