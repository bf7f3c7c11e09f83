-- Parts of the changes of conversations' status in each interval: a row per interval (slot), dimension and id. A closing is
-- a resolution of what was not resolved, a reopening an opening of what was. They count where the conversation counts that
-- was created: for its present inbox, assignee, team and labels (once per tag that fits), and from its creation on; so
-- those created less the closings plus the reopenings are the conversations that are not resolved.
-- $1 account, $2 and $3 starts and ends of the intervals (seconds), $4 dimensions, $5 ids or null for all. /*…*/: see statements.ts.
with label_tags as materialized (
  select l.id as label_id, t.id as tag_id from labels l join tags t on lower(t.name) = lower(l.title)
  where l.account_id = $1::int and 4 = any ($4::smallint[])
)
select i.slot::int as slot, p.*
from unnest($2::float8[], $3::float8[]) with ordinality as i (starts, ends, slot)
cross join lateral (
  select d.dimension, d.dimension_id, /*kept*/
    count(*) filter (where e.closes)::int as closings,
    count(*) filter (where e.reopens)::int as reopenings,
    count(*) filter (where e.closes and e.first_contact)::int as first_contact_closings
  from (
    select c.*, s.closes, s.reopens, s.first_contact
    -- Each conversation with a change in the interval once, and its events in one pass: asking for each change how the
    -- conversation stood took the square of their number (44 s of an hour in which each of eight had 1,500).
    from (
      select distinct e.conversation_id from reporting_events e
      where e.account_id = $1
        and e.created_at >= to_timestamp(i.starts) at time zone 'UTC' and e.created_at < to_timestamp(i.ends) at time zone 'UTC'
        -- All intervals, which ascend, lie within: so the partitions of other months are not planned for.
        and e.created_at >= to_timestamp(($2::float8[])[1]) at time zone 'UTC'
        and e.created_at < to_timestamp(($3::float8[])[cardinality($3::float8[])]) at time zone 'UTC'
        and e.name in ('conversation_resolved', 'conversation_opened')
      offset 0
    ) as e
    cross join lateral (
      select c.id, /*split*/ c.inbox_id, c.assignee_id, c.team_id, c.created_at from conversations c
      where c.id = e.conversation_id and c.account_id = $1 /*filter*/
      offset 0
    ) as c
    cross join lateral (
      select o.name = 'conversation_resolved' and o.name_before is distinct from o.name as closes,
        o.name = 'conversation_opened' and o.name_before = 'conversation_resolved' as reopens,
        o.handled_before = 0 and o.opened_after = 0 as first_contact
      from (
        select o.name, o.created_at,
          lag(o.name) over (partition by o.name = 'reply_time' order by o.created_at, o.id) as name_before,
          count(*) filter (where o.name in ('conversation_resolved', 'reply_time')) over (
            order by o.created_at, o.id rows between unbounded preceding and 1 preceding) as handled_before,
          count(*) filter (where o.name = 'conversation_opened') over (
            order by o.created_at desc, o.id desc rows between unbounded preceding and 1 preceding) as opened_after
        from reporting_events o
        where o.account_id = $1 and o.conversation_id = c.id and o.created_at >= c.created_at
          and o.name in ('conversation_resolved', 'conversation_opened', 'reply_time')
      ) as o
      where o.created_at >= to_timestamp(i.starts) at time zone 'UTC' and o.created_at < to_timestamp(i.ends) at time zone 'UTC'
        and o.name in ('conversation_resolved', 'conversation_opened')
      offset 0
    ) as s
    offset 0
  ) as e
  cross join lateral (
    select 0::smallint, $1::bigint
    union all select 1, e.inbox_id
    union all select 2, coalesce(e.assignee_id, 0)
    union all select 3, coalesce(e.team_id, 0)
    union all (
      select 4, lt.label_id from taggings g join label_tags lt on lt.tag_id = g.tag_id
      where g.taggable_id = e.id and g.taggable_type = 'Conversation' and 4 = any ($4)
    )
  ) as d (dimension, dimension_id)
  where (e.closes or e.reopens) and d.dimension = any ($4) and ($5::bigint[] is null or d.dimension_id = any ($5))
  group by d.dimension, d.dimension_id /*by*/
) as p
