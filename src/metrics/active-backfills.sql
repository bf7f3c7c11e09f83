-- The backfills that wait for a runner or have one, the longest idle first, with the hours they still have to roll. One that
-- rests until it may go on (max_hours_per_minute, its window) is idle from then on, one that waits for its turn (ids $1) not at all. At
-- most 100, one for each account_id.
select account_id, greatest(hours_total - hours_done, 0)::float8 as remaining,
  case when id = any ($1::bigint[]) then 0
    else extract(epoch from clock_timestamp() - greatest(coalesce(progressed_at, started_at, created_at), paced_until)) end::float8 as idle
from tidemark.backfills
where state in ('queued', 'running')
order by idle desc
limit 100
