-- The offsets of the zone $1 from UTC: a row per change, with the instant (seconds) from which it holds.
-- Probed by day, then by hour and minute around each change. PostgreSQL has no table of transitions to ask; 130 years of
-- daily probes take about 40 ms, once per process and zone. Two changes within a day are seen as their sum.
with probe as (
  select t, extract(epoch from (t at time zone $1) - (t at time zone 'UTC'))::int as seconds
  from generate_series(timestamptz '1970-01-01 00:00Z', timestamptz '2100-01-01 00:00Z', interval '24 hours') as t
),
changed_day as (
  select t, seconds from (select *, lag(seconds) over (order by t) as before from probe) p where seconds <> before
),
changed_hour as (
  select d.seconds, min(h) as t
  from changed_day d
  cross join lateral generate_series(d.t - interval '24 hours', d.t, interval '1 hour') as h
  where extract(epoch from (h at time zone $1) - (h at time zone 'UTC'))::int = d.seconds
  group by d.t, d.seconds
)
select '-infinity'::float8 as start, seconds as "offset" from (select seconds from probe order by t limit 1) first
union all
select extract(epoch from min(m))::float8, h.seconds
from changed_hour h
cross join lateral generate_series(h.t - interval '1 hour', h.t, interval '1 minute') as m
where extract(epoch from (m at time zone $1) - (m at time zone 'UTC'))::int = h.seconds
group by h.t, h.seconds
order by start
