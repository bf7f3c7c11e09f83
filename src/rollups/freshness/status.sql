-- What waits to be rolled of each of accounts $1, a row per account. Marks of times that no report reaches ($4 seconds
-- from 1970, infinity) concern nobody.
-- $2 for each account the start (seconds) of its latest rolled stretch, $3 how many quarters of each to list.
-- Reads the whole log of these accounts once: one pass, whatever the number of accounts.
with account as (
  select account_id, since from unnest($1::bigint[], $2::float8[]) as a (account_id, since)
),
-- A quarter with a mark of its own that may be tried now is due, whatever its older marks wait for.
quarter as (
  select account_id, hour, bool_and(labels_only) as labels_only, max(failures) as failures, min(at) as at,
    min(coalesce(retry_at, at)) as due, max(error) as error
  from tidemark.dirty_hours
  where account_id = any ($1) and hour >= to_timestamp(-$4::float8) and hour < to_timestamp($4)
  group by account_id, hour
),
marked as (
  select q.account_id, count(*)::int as quarters, min(q.at) as at, min(q.due) as due,
    (array_agg(extract(epoch from q.hour)::float8 order by q.hour))[1:$3] as listed,
    (array_agg(extract(epoch from q.hour)::float8 order by q.hour) filter (where q.failures > 0))[1:$3] as failed,
    (array_agg(q.failures order by q.hour) filter (where q.failures > 0))[1] as failures,
    (array_agg(q.error order by q.hour) filter (where q.failures > 0))[1] as error,
    (array_agg(extract(epoch from q.due)::float8 order by q.hour) filter (where q.failures > 0))[1] as next_try,
    -- Only rows by label are out of date where the mark says so: all other figures are complete.
    min(q.hour) filter (where not q.labels_only and q.hour + interval '15 minutes' > to_timestamp(a.since)) as stale
  from quarter q join account a on a.account_id = q.account_id
  group by q.account_id
),
wide as (
  select account_id, count(*)::int as marks, min(at) as at from tidemark.dirty_scopes
  where account_id = any ($1) group by account_id
)
select a.account_id as id, coalesce(m.quarters, 0) as quarters, coalesce(w.marks, 0) as wide,
  coalesce(m.listed, '{}') as listed, coalesce(m.failed, '{}') as failed, m.failures, m.error, m.next_try as "nextTry",
  extract(epoch from m.stale)::float8 as stale,
  extract(epoch from clock_timestamp() - least(m.at, w.at))::float8 as age,
  extract(epoch from least(m.due, w.at) - clock_timestamp())::float8 as due,
  extract(epoch from t.rolled_at)::float8 as "rolledAt"
from account a
left join marked m on m.account_id = a.account_id
left join wide w on w.account_id = a.account_id
left join tidemark.accounts t on t.account_id = a.account_id
order by a.account_id
