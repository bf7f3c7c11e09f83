-- Seconds that local time is ahead of UTC at the instant $2 (epoch seconds), for those of the zones $1 that this
-- server knows, in the given order. Some systems ship without the older names, and one unknown name would fail all.
select
  asked.name,
  extract(epoch from (to_timestamp($2::float8) at time zone asked.name) - (to_timestamp($2::float8) at time zone 'UTC'))::int as "offset"
from unnest($1::text[]) with ordinality as asked (name, place)
join pg_timezone_names as known on known.name = asked.name
order by asked.place
