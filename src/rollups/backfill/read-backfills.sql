-- Backfills of the accounts $1 (null: of all), only that with id $2 and those in a state of $3 (null: any), the newest first:
-- at most $4, after the first $5. Instants in seconds. `failing`: hours that it could not roll and nothing has rolled since.
select id, account_id as "accountId", extract(epoch from since)::float8 as since, extract(epoch from until)::float8 as until,
  reason, state, mode, oldest_first as "oldestFirst", max_hours_per_minute as "maxHoursPerMinute", verify,
  case when window_from is not null then jsonb_build_object('from', window_from, 'until', window_until) end as window,
  concurrency, allow_erase as "allowErase", asked_by_kind as "askedByKind", asked_by_id as "askedById", asked_sha256 as "askedSha256",
  exists (select from tidemark.backfill_notices n where n.account_id = b.account_id and n.backfill_id = b.id) as notify,
  hours_done as "hoursDone", days_done as "daysDone", days_total as "daysTotal", chunks, active_seconds as "activeSeconds",
  -- One that an older release began has its stretch only.
  coalesce(nullif(hours_total, 0), extract(epoch from end_at - start_at) / 3600, 0)::int as "hoursTotal",
  days is not null as settled, to_verify is not null as rolled,
  (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(s)), 'until', extract(epoch from upper(s))) order by s), '[]')
   from unnest(days) as s) as days,
  (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(s)), 'until', extract(epoch from upper(s))) order by s), '[]')
   from unnest(todo) as s) as todo,
  (select coalesce(jsonb_agg(jsonb_build_object('from', extract(epoch from lower(s)), 'until', extract(epoch from upper(s))) order by s), '[]')
   from unnest(to_verify) as s) as "toVerify",
  hours_new as "hoursNew", hours_changed as "hoursChanged", hours_unchanged as "hoursUnchanged", report,
  extract(epoch from created_at)::float8 as "createdAt", extract(epoch from started_at)::float8 as "startedAt",
  extract(epoch from progressed_at)::float8 as "progressedAt", extract(epoch from paused_at)::float8 as "pausedAt",
  extract(epoch from finished_at)::float8 as "finishedAt", extract(epoch from paced_until)::float8 as "pacedUntil",
  greatest(0, extract(epoch from paced_until - clock_timestamp()))::float8 as "restSeconds",
  error, revision,
  (select count(*)::int from tidemark.backfill_errors e
   where e.account_id = b.account_id and e.backfill_id = b.id and exists (
     select from tidemark.dirty_hours d
     where d.account_id = e.account_id and d.hour >= e.hour and d.hour < e.hour + interval '1 hour' and d.failures > 0)) as failing
from tidemark.backfills b
where ($1::bigint[] is null or account_id = any ($1)) and ($2::bigint is null or id = $2) and ($3::text[] is null or state = any ($3))
order by id desc limit $4 offset $5
