-- Changes of status in [$2, $3) (seconds) of conversations of account $1, from one that was resolved just before or from one
-- that was not: id, conversation_id, at, value. What counts as such says src/rollups/rolling/source-parts/status.sql. With a label a
-- row per tag that fits, as it is counted. /*…*/: see src/reports/counted-rows.ts.
select e.id::bigint as id, c.id::bigint as conversation_id, e.created_at as at, /*value*/ as value
from reporting_events e
join conversations c on c.id = e.conversation_id and c.account_id = $1 and c.created_at <= e.created_at
/*tags*/
cross join lateral (
  select
    coalesce((array_agg(o.name = 'conversation_resolved' order by o.created_at desc, o.id desc)
      filter (where o.name <> 'reply_time' and (o.created_at, o.id) < (e.created_at, e.id)))[1], false) as was_resolved,
    count(*) filter (
      where (o.name in ('conversation_resolved', 'reply_time') and (o.created_at, o.id) < (e.created_at, e.id))
        or (o.name = 'conversation_opened' and (o.created_at, o.id) > (e.created_at, e.id))
    ) = 0 as first_contact
  from reporting_events o
  where o.account_id = $1 and o.conversation_id = c.id and o.created_at >= c.created_at
    and o.name in ('conversation_resolved', 'conversation_opened', 'reply_time')
  offset 0
) as s
where e.account_id = $1 and e.name = /*name*/ and s.was_resolved = /*was_resolved*/
  and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
