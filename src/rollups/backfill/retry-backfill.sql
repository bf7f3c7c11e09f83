-- Queues backfill $2 of account $1 again: what is left of it, and the hours from $3 to $4 (seconds), $5 of them on $6 days, which count
-- as not done.
update tidemark.backfills
set state = 'queued', finished_at = null, progressed_at = null, paced_until = null, to_verify = null, verified = null, report = null,
  error = null, failures = 0, hours_done = greatest(0, hours_done - $5), days_done = greatest(0, days_done - $6),
  todo = coalesce(todo, '{}') + coalesce((select range_agg(tstzrange(to_timestamp(f), to_timestamp(u))) from unnest($3::float8[], $4::float8[]) as h (f, u)), '{}')
where account_id = $1 and id = $2
