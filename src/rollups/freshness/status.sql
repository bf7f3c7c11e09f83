-- What waits to be rolled of each of accounts $1, a row per account. Marks of times that no report reaches ($4 seconds
-- from 1970, infinity) concern nobody.
-- $2 for each account the start (seconds) of its latest rolled stretch, $3 which of the zones it follows, from 1. Of each zone $5
-- the instants (seconds) at which its offset changes, $6 its offsets before, between and after these, as lists in text, $7 the seconds
-- of a quarter at which another hour may begin: 0 alone where hours begin with quarters. $8 and $9 for each account the start of its
-- present day and month: what goes on has no rows of its width, so that no roll makes any.
-- Reads the whole log of these accounts once: one pass, whatever the number of accounts. All buckets with marks are counted, here,
-- by the rules of time/zone.ts and calendar.ts: an hour is a whole one of the wall clock at one offset, and what a clock shows of
-- yesterday after today has begun is today's.
with account as (
  select * from unnest($1::bigint[], $2::float8[], $3::int[], $8::float8[], $9::float8[]) as a (account_id, since, zone, today, month)
),
zone as materialized (
  select n, changes::float8[] as changes, offsets::int[] as offsets, reach::int[] as reach
  from unnest($5::text[], $6::text[], $7::text[]) with ordinality as z (changes, offsets, reach, n)
),
-- A quarter with a mark of its own that may be tried now is due, whatever its older marks wait for.
quarter as materialized (
  select account_id, hour, extract(epoch from hour)::float8 as second, bool_and(labels_only) as labels_only, max(failures) as failures, min(at) as at,
    min(coalesce(retry_at, at)) as due, max(error) as error
  from tidemark.dirty_hours
  where account_id = any ($1) and hour >= to_timestamp(-$4::float8) and hour < to_timestamp($4)
  group by account_id, hour
),
marked as (
  select q.account_id, count(*)::int as quarters, min(q.at) as at, min(q.due) as due,
    min(q.due) filter (where q.second < a.today) as due_day, min(q.due) filter (where q.second < a.month) as due_month,
    -- Only rows by label are out of date where the mark says so: all other figures are complete.
    min(q.hour) filter (where not q.labels_only and q.hour + interval '15 minutes' > to_timestamp(a.since)) as stale
  from quarter q join account a on a.account_id = q.account_id
  group by q.account_id
),
failed as (
  select distinct on (account_id) account_id, second as hour, failures, error,
    extract(epoch from due)::float8 as next_try
  from quarter where failures > 0 order by account_id, hour
),
bucket as (
  select q.account_id, a.zone, width_bucket(q.second + r, z.changes) as stretch,
    floor((q.second + r + z.offsets[width_bucket(q.second + r, z.changes) + 1]) / 3600)::int as hour, bool_or(q.failures > 0) as failed
  from quarter q
  join account a on a.account_id = q.account_id
  join zone z on z.n = a.zone
  cross join lateral unnest(z.reach) as r
  group by 1, 2, 3, 4
),
-- Materialized: or the sort below would carry each zone with each hour.
dated as materialized (
  select b.account_id, b.failed, d.day, extract(year from d.day)::int * 12 + extract(month from d.day)::int as month
  from bucket b
  join zone z on z.n = b.zone
  cross join lateral (
    -- Before its last change the clock had shown the next day already.
    select date '1970-01-01' + floor(b.hour / 24::float8)::int
      + (z.changes[b.stretch] + z.offsets[b.stretch] > (floor(b.hour / 24::float8) + 1) * 86400 is true)::int as day
  ) as d
),
counted as (
  select account_id, count(*)::int as hours, count(distinct day)::int as days, count(distinct month)::int as months,
    (count(*) filter (where failed))::int as failed_hours, (count(distinct day) filter (where failed))::int as failed_days,
    (count(distinct month) filter (where failed))::int as failed_months
  from dated group by account_id
),
wide as (
  select account_id, count(*)::int as marks, min(at) as at from tidemark.dirty_scopes
  where account_id = any ($1) group by account_id
)
select a.account_id as id, coalesce(m.quarters, 0) as quarters, coalesce(w.marks, 0) as wide,
  jsonb_build_object('hour', coalesce(c.hours, 0), 'day', coalesce(c.days, 0), 'month', coalesce(c.months, 0)) as dirty,
  jsonb_build_object('hour', coalesce(c.failed_hours, 0), 'day', coalesce(c.failed_days, 0), 'month', coalesce(c.failed_months, 0)) as failed,
  f.hour as "firstFailed", f.failures, f.error, f.next_try as "nextTry",
  extract(epoch from m.stale)::float8 as stale,
  extract(epoch from n.now - least(m.at, w.at))::float8 as age,
  -- Marks of wide scope may reach into days and months that are over.
  jsonb_build_object('hour', extract(epoch from least(m.due, w.at) - n.now), 'day', extract(epoch from least(m.due_day, w.at) - n.now),
    'month', extract(epoch from least(m.due_month, w.at) - n.now)) as due,
  jsonb_build_object('hour', extract(epoch from t.rolled_at), 'day', extract(epoch from t.days_rolled_at),
    'month', extract(epoch from t.months_rolled_at)) as "rolledAt",
  extract(epoch from r.recent_at)::float8 as "recentAt"
from account a
cross join (select clock_timestamp() as now offset 0) as n
left join marked m on m.account_id = a.account_id
left join counted c on c.account_id = a.account_id
left join failed f on f.account_id = a.account_id
left join wide w on w.account_id = a.account_id
left join tidemark.accounts t on t.account_id = a.account_id
left join tidemark.reconciliations r on r.account_id = a.account_id
order by a.account_id
