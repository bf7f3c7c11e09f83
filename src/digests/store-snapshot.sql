-- Stores the snapshot of a slot, unless it has one already, and returns the one that is stored.
with stored as (
  insert into tidemark.snapshots (account_id, digest_id, period_start, figures, sha256, formats, taken_at)
  values ($1, $2, $3::date, $4::jsonb, $5, $6, to_timestamp($7))
  on conflict (account_id, digest_id, period_start) do nothing
  returning id
)
select id, true as new from stored
union all
select id, false from tidemark.snapshots
where account_id = $1 and digest_id = $2 and period_start = $3::date and not exists (select from stored)
