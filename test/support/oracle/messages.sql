-- Messages by direction. Parameters as in conversations.sql.
select id, oracle.bucket(created_at, $5, $6, $7) as bucket,
  count(*) filter (where message_type = 0) as incoming_messages_count, count(*) filter (where message_type = 1) as outgoing_messages_count
from oracle.messages_by_/*dimension*/
where account_id = $1 and dimension = $2
  and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
group by 1, 2
