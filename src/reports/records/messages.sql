-- Messages of account $1 written in [$2, $3) (seconds): id, conversation_id, at, value.
-- /*…*/: which of them and for which agent they count, and what src/reports/counted-rows.ts says.
select b.id::bigint as id, b.conversation_id::bigint as conversation_id, b.created_at as at, null::float8 as value
from messages b
left join conversations c on c.id = b.conversation_id and c.account_id = $1
cross join lateral (select /*agent*/ as agent_id) as k
where b.account_id = $1
  and b.created_at >= to_timestamp($2::float8) at time zone 'UTC' and b.created_at < to_timestamp($3::float8) at time zone 'UTC'
  and /*which*/
  /*filter*/
