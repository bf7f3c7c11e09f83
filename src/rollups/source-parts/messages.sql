-- Parts of the messages written in each interval: a row per interval (slot), dimension and id.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 one id or null for all.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  -- Added up per conversation first: a conversation's messages come in bunches, and the look-ups are per conversation.
  with bunch as (
    select b.*, c.assignee_id, c.team_id
    from (
      select m.conversation_id, m.inbox_id, case when m.sender_type = 'User' then m.sender_id end as author_id,
        count(*) filter (where m.message_type = 0)::int as incoming,
        count(*) filter (where m.message_type = 1)::int as outgoing,
        count(*) filter (where m.content_type = 9)::int as surveys
      from messages m
      where m.account_id = $1
        and m.created_at >= to_timestamp(i.starts) at time zone 'UTC' and m.created_at < to_timestamp(i.ends) at time zone 'UTC'
      group by 1, 2, 3
      offset 0
    ) as b
    left join lateral (
      select c.assignee_id, c.team_id from conversations c where c.id = b.conversation_id and c.account_id = $1 offset 0
    ) as c on true
    where b.incoming > 0 or b.outgoing > 0 or b.surveys > 0
  )
  select d.dimension, d.dimension_id,
    sum(d.incoming)::int as incoming_messages, sum(d.outgoing)::int as outgoing_messages, sum(d.surveys)::int as surveys
  from bunch b
  -- An agent's messages are those he wrote; a survey, which nobody writes, is its assignee's.
  cross join lateral (
    values (0::smallint, $1::bigint, b.incoming, b.outgoing, b.surveys),
      (1, b.inbox_id, b.incoming, b.outgoing, b.surveys),
      (2, coalesce(b.author_id, 0), b.incoming, b.outgoing, 0),
      (2, coalesce(b.assignee_id, 0), 0, 0, b.surveys),
      (3, coalesce(b.team_id, 0), b.incoming, b.outgoing, b.surveys)
  ) as d (dimension, dimension_id, incoming, outgoing, surveys)
  where d.dimension = any ($4) and ($5::bigint is null or d.dimension_id = $5) and d.incoming + d.outgoing + d.surveys > 0
  group by d.dimension, d.dimension_id
  union all
  select 4::smallint, g.label_id, sum(b.incoming)::int, sum(b.outgoing)::int, sum(b.surveys)::int
  from bunch b
  cross join lateral (
    select distinct lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
    where g.taggable_id = b.conversation_id and g.taggable_type = 'Conversation'
    offset 0
  ) as g
  where 4 = any ($4) and ($5 is null or g.label_id = $5)
    and exists (select from conversations c where c.id = b.conversation_id and c.account_id = $1)
  group by g.label_id
) as p
