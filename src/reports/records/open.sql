-- Conversations of account $1 that are not resolved at the end of [$2, $3) (seconds): id, conversation_id, at, value. They
-- were created before it, whenever that was, and their last change of status before it is no resolution. With a label a row
-- per tag that fits, as it is counted. /*…*/: see src/reports/counted-rows.ts.
select c.id::bigint as id, c.id::bigint as conversation_id, c.created_at as at, null::float8 as value
from conversations c
/*tags*/
where c.account_id = $1 and $2::float8 < $3::float8
  and c.created_at < to_timestamp($3::float8) at time zone 'UTC'
  -- Not "order by … limit 1": for that the planner walks the account's events back in time, for each conversation anew
  -- (measured: minutes for 12,000 conversations).
  and coalesce((
    select (array_agg(e.name order by e.created_at desc, e.id desc))[1] = 'conversation_opened'
    from reporting_events e
    where e.account_id = $1 and e.conversation_id = c.id and e.name in ('conversation_resolved', 'conversation_opened')
      and e.created_at >= c.created_at and e.created_at < to_timestamp($3) at time zone 'UTC'
  ), true)
  /*filter*/
