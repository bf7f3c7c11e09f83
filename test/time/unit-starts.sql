-- The periods that PostgreSQL sees at instants $2 (seconds) on the clock of zone $1, each by the grouping of $4 at its place: equal
-- for two instants of one period. An hour of a repeated hour is told from the other by its offset. $3 is the first day of the week.
select extract(epoch from local - at)::int as "offset",
  case grouping
    when 'hour' then date_trunc('hour', local)::text || ' ' || (local - at)::text
    when 'week' then (date_trunc('week', local - shift) + shift)::text
    else date_trunc(grouping, local)::text
  end as period
from unnest($2::float8[], $4::text[]) with ordinality as asked (seconds, grouping, place)
cross join lateral (
  select to_timestamp(seconds) at time zone 'UTC' as at, to_timestamp(seconds) at time zone $1 as local,
    ($3::int - 1) * interval '1 day' as shift
) as clock
order by place
