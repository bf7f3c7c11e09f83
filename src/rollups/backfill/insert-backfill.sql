-- Adds a backfill of account $1 over [$2, $3) (seconds), with its reason ($4) and options ($5 to $11, the window as JSON), asked
-- for by an actor ($12, id $13) in a request with SHA-256 $14. No row: another one of the account is under way.
insert into tidemark.backfills
  (account_id, since, until, reason, mode, oldest_first, max_hours_per_minute, window_from, window_until, concurrency, verify, allow_erase,
   asked_by_kind, asked_by_id, asked_sha256)
values ($1, to_timestamp($2), to_timestamp($3), $4, $5, $6, $7, $8::jsonb ->> 'from', $8::jsonb ->> 'until', $9, $10, $11, $12, $13, $14)
on conflict (account_id) where state in ('queued', 'running', 'paused') do nothing
returning id
