-- Changes of status in [$2, $3) (seconds) of conversations of account $1, from one that was resolved just before or from one
-- that was not: id, conversation_id, at, value. What counts as such says src/rollups/rolling/source-parts/status.sql. With a label a
-- row per tag that fits, as it is counted. /*…*/: see src/reports/counted-rows.ts.
select e.id::bigint as id, c.id::bigint as conversation_id, e.created_at as at, /*value*/ as value
-- Each conversation once, and its events in one pass: asking for each change how the conversation stood took the square of
-- their number.
from (
  select distinct r.conversation_id from reporting_events r
  where r.account_id = $1 and r.name = /*name*/
    and r.created_at >= to_timestamp($2::float8) at time zone 'UTC' and r.created_at < to_timestamp($3::float8) at time zone 'UTC'
  offset 0
) as changed
join conversations c on c.id = changed.conversation_id and c.account_id = $1
/*tags*/
cross join lateral (
  select o.*
  from (
    select o.id, o.name, o.created_at, o.value, o.value_in_business_hours,
      coalesce(
        lag(o.name) over (partition by o.name = 'reply_time' order by o.created_at, o.id) = 'conversation_resolved', false
      ) as was_resolved,
      count(*) filter (where o.name in ('conversation_resolved', 'reply_time')) over (
        order by o.created_at, o.id rows between unbounded preceding and 1 preceding) = 0
      and count(*) filter (where o.name = 'conversation_opened') over (
        order by o.created_at desc, o.id desc rows between unbounded preceding and 1 preceding) = 0 as first_contact
    from reporting_events o
    where o.account_id = $1 and o.conversation_id = c.id and o.created_at >= c.created_at
      and o.name in ('conversation_resolved', 'conversation_opened', 'reply_time')
  ) as o
  where o.name = /*name*/
    and o.created_at >= to_timestamp($2::float8) at time zone 'UTC' and o.created_at < to_timestamp($3::float8) at time zone 'UTC'
  offset 0
) as e
where e.was_resolved = /*was_resolved*/
  /*filter*/
