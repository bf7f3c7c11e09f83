-- Notes a chunk of backfill $2 of account $1: $3 hours and $4 days done of $5 and $6, new, changed and unchanged hours $7 to $9,
-- parts before, after and new $10 to $12 (whole sums), the stretch $13 to $14 that it is settled for (seconds), and the stretches of
-- all its days ($15, $16), of what is left ($17, $18) and of the chunk's changed hours ($19, $20).
update tidemark.backfills
set state = 'running', started_at = coalesce(started_at, now()), progressed_at = clock_timestamp(), error = null, failures = 0,
  hours_done = hours_done + $3, days_done = days_done + $4, hours_total = $5, days_total = $6, chunks = chunks + 1,
  active_seconds = active_seconds + extract(epoch from clock_timestamp() - now()),
  -- Up to ten seconds that it lagged behind are made up for: the heartbeat that takes it up again ticks every few seconds.
  paced_until = now() + make_interval(secs => $3 * 60.0 / max_hours_per_minute)
    - least(interval '10 seconds', greatest(interval '0', now() - coalesce(paced_until, now()))),
  hours_new = hours_new + $7, hours_changed = hours_changed + $8, hours_unchanged = hours_unchanged + $9,
  parts_before = $10, parts_after = $11, parts_new = $12,
  start_at = least(start_at, to_timestamp($13)), end_at = greatest(end_at, to_timestamp($14)),
  days = coalesce((select range_agg(tstzrange(to_timestamp(f), to_timestamp(u))) from unnest($15::float8[], $16::float8[]) as d (f, u)), '{}'),
  todo = coalesce((select range_agg(tstzrange(to_timestamp(f), to_timestamp(u))) from unnest($17::float8[], $18::float8[]) as d (f, u)), '{}'),
  -- What an older release goes by.
  next_until = to_timestamp(coalesce((select max(u) from unnest($18::float8[]) as u), $13)),
  changed = changed + coalesce((select range_agg(tstzrange(to_timestamp(f), to_timestamp(u))) from unnest($19::float8[], $20::float8[]) as d (f, u)), '{}')
where account_id = $1 and id = $2
