-- The offsets of the zone $1 from UTC: a row per change, with the instant (seconds) from which it holds.
-- Probed every third day, then by six hours, half an hour and minute around each change, as PostgreSQL has no table of
-- transitions to ask. The 30,000 probes take 60 ms (70,000, by the day, took 140), once per process and zone. Two changes within
-- three days are seen as their sum: no zone has two that are closer than seven.
with probe as (
  select t, (t at time zone $1) - (t at time zone 'UTC') as shift
  from generate_series(timestamptz '1970-01-01 00:00Z', timestamptz '2100-01-01 00:00Z', interval '72 hours') as t
),
changed as (
  select t, shift from (select *, lag(shift) over (order by t) as before from probe) p where shift <> before
),
changed_quarter as (
  select c.shift, min(q) as t
  from changed c
  cross join lateral generate_series(c.t - interval '66 hours', c.t, interval '6 hours') as q
  where (q at time zone $1) - (q at time zone 'UTC') = c.shift
  group by c.t, c.shift
),
changed_half_hour as (
  select q.shift, min(h) as t
  from changed_quarter q
  cross join lateral generate_series(q.t - interval '330 minutes', q.t, interval '30 minutes') as h
  where (h at time zone $1) - (h at time zone 'UTC') = q.shift
  group by q.t, q.shift
)
select '-infinity'::float8 as start, extract(epoch from shift)::int as "offset"
from (select shift from probe order by t limit 1) as first
union all
select extract(epoch from min(m))::float8, extract(epoch from h.shift)::int
from changed_half_hour h
cross join lateral generate_series(h.t - interval '29 minutes', h.t, interval '1 minute') as m
where (m at time zone $1) - (m at time zone 'UTC') = h.shift
group by h.t, h.shift
order by start
