-- The last handoff in [$2, $3) (seconds) of each conversation of account $1 that was handed off and still exists: id,
-- conversation_id, at, value. /*…*/: see src/reports/counted-rows.ts.
select distinct on (c.id) e.id::bigint as id, c.id::bigint as conversation_id, e.created_at as at, /*time*/ as value
from reporting_events e
join conversations c on c.id = e.conversation_id and c.account_id = $1
where e.account_id = $1 and e.name = 'conversation_bot_handoff'
  and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
order by c.id, e.created_at desc, e.id desc
