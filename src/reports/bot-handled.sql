-- Of account $1 in [$2, $3) (seconds) and the inboxes $4: how many conversations that were created in it were handed off in
-- it, too, by a bot; how many events of bot resolutions there are and what their mean time is (seconds;
-- in business hours with $5). One row.
select
  (
    select count(distinct c.id)::int
    from reporting_events e
    join conversations c on c.id = e.conversation_id and c.account_id = $1
    where e.account_id = $1 and e.name = 'conversation_bot_handoff' and c.inbox_id = any ($4::int[])
      and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
      and c.created_at >= to_timestamp($2) at time zone 'UTC' and c.created_at < to_timestamp($3) at time zone 'UTC'
  ) as handoffs,
  count(*)::int as resolutions,
  avg(case when $5::boolean then r.value_in_business_hours else r.value end) as mean
from reporting_events r
where r.account_id = $1 and r.name = 'conversation_bot_resolved' and r.inbox_id = any ($4)
  and r.created_at >= to_timestamp($2) at time zone 'UTC' and r.created_at < to_timestamp($3) at time zone 'UTC'
