-- Events of one name of account $1 written in [$2, $3) (seconds): id, conversation_id, at, value.
-- /*…*/: see src/reports/counted-rows.ts.
select e.id::bigint as id, e.conversation_id::bigint as conversation_id, e.created_at as at, /*time*/ as value
from reporting_events e
left join conversations c on c.id = e.conversation_id and c.account_id = $1
where e.account_id = $1 and e.name = /*name*/
  and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
