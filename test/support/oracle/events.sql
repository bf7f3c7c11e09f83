-- Events and their mean times, with the number of events each mean is made from. Parameters as in conversations.sql.
select id, oracle.bucket(created_at, $5, $6, $7) as bucket,
  count(*) filter (where name = 'conversation_resolved') as resolutions_count,
  count(*) filter (where name = 'conversation_resolved') as avg_resolution_time_n,
  avg(value) filter (where name = 'conversation_resolved') as avg_resolution_time,
  avg(value_in_business_hours) filter (where name = 'conversation_resolved') as avg_resolution_time_business,
  count(*) filter (where name = 'first_response') as avg_first_response_time_n,
  avg(value) filter (where name = 'first_response') as avg_first_response_time,
  avg(value_in_business_hours) filter (where name = 'first_response') as avg_first_response_time_business,
  count(*) filter (where name = 'reply_time') as reply_time_n,
  avg(value) filter (where name = 'reply_time') as reply_time,
  avg(value_in_business_hours) filter (where name = 'reply_time') as reply_time_business
from oracle.events_by_/*dimension*/
where account_id = $1 and dimension = $2
  and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
group by 1, 2
