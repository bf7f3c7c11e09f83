-- The backfills that wait for a runner or have one, the longest idle first, with the hours they still have to roll (null: not
-- known yet). At most 100, one for each account_id.
select account_id, (extract(epoch from next_until - start_at) / 3600)::float8 as remaining,
  extract(epoch from clock_timestamp() - coalesce(progressed_at, started_at, created_at))::float8 as idle
from tidemark.backfills
where state in ('queued', 'running')
order by idle desc
limit 100
