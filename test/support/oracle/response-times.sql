-- First responses of account $1 in [$2, $3) (seconds) by channel and by how long they took; those without a value count nowhere.
select i.channel_type as channel,
  count(*) filter (where e.value < 3600)::int as "0-1h",
  count(*) filter (where e.value >= 3600 and e.value < 14400)::int as "1-4h",
  count(*) filter (where e.value >= 14400 and e.value < 28800)::int as "4-8h",
  count(*) filter (where e.value >= 28800 and e.value < 86400)::int as "8-24h",
  count(*) filter (where e.value >= 86400)::int as "24h+"
from reporting_events e
join inboxes i on i.id = e.inbox_id and i.account_id = e.account_id
where e.account_id = $1 and e.name = 'first_response' and i.channel_type is not null
  and extract(epoch from e.created_at) >= $2::float8 and extract(epoch from e.created_at) < $3::float8
group by 1
