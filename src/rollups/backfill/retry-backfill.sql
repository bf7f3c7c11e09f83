-- Queues backfill $2 of account $1 again: what is left of it, and the hours that it could not roll and nothing has rolled since.
with failing as (
  select e.hour from tidemark.backfill_errors e
  where e.account_id = $1 and e.backfill_id = $2 and exists (
    select from tidemark.dirty_hours d
    where d.account_id = e.account_id and d.hour >= e.hour and d.hour < e.hour + interval '1 hour' and d.failures > 0)
)
update tidemark.backfills
set state = 'queued', finished_at = null, progressed_at = null, paced_until = null, to_verify = null, verified = null, report = null,
  error = null, failures = 0, hours_total = hours_total + (select count(*) from failing),
  todo = coalesce(todo, '{}') + coalesce((select range_agg(tstzrange(hour, hour + interval '1 hour')) from failing), '{}')
where account_id = $1 and id = $2
