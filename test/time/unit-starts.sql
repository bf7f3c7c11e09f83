-- The periods that PostgreSQL sees at instants $2 (seconds) on the clock of zone $1, a column per grouping: equal for two
-- instants of one period. An hour of a repeated hour is told from the other by its offset. $3 is the first day of the week.
select extract(epoch from local - at)::int as "offset", date_trunc('hour', local)::text || ' ' || (local - at)::text as hour,
  date_trunc('day', local)::text as day, (date_trunc('week', local - shift) + shift)::text as week,
  date_trunc('month', local)::text as month, date_trunc('year', local)::text as year
from unnest($2::float8[]) with ordinality as asked (seconds, place)
cross join lateral (
  select to_timestamp(seconds) at time zone 'UTC' as at, to_timestamp(seconds) at time zone $1 as local,
    ($3::int - 1) * interval '1 day' as shift
) as clock
order by place
