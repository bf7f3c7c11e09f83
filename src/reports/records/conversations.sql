-- Conversations of account $1 created in [$2, $3) (seconds): id, conversation_id, at, value. With a label a row per tag that
-- fits, as it is counted. /*…*/: see src/reports/counted-rows.ts.
select c.id::bigint as id, c.id::bigint as conversation_id, c.created_at as at, null::float8 as value
from conversations c
/*tags*/
where c.account_id = $1
  and c.created_at >= to_timestamp($2::float8) at time zone 'UTC' and c.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
