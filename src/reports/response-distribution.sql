-- First responses of account $1 by the channel of the event's inbox and by how long they took (seconds, an upper bound
-- left out): a row per channel that has any. Events written from $2 and before $3 (seconds) only unless null.
select i.channel_type,
  count(*) filter (where e.value < 3600)::int as hour_1,
  count(*) filter (where e.value >= 3600 and e.value < 14400)::int as hours_4,
  count(*) filter (where e.value >= 14400 and e.value < 28800)::int as hours_8,
  count(*) filter (where e.value >= 28800 and e.value < 86400)::int as hours_24,
  count(*) filter (where e.value >= 86400)::int as longer
from reporting_events e
join inboxes i on i.id = e.inbox_id and i.account_id = e.account_id
where e.account_id = $1 and e.name = 'first_response' and i.channel_type is not null
  and ($2::float8 is null or e.created_at >= to_timestamp($2) at time zone 'UTC')
  and ($3::float8 is null or e.created_at < to_timestamp($3) at time zone 'UTC')
group by i.channel_type
order by i.channel_type
