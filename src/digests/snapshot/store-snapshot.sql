-- Stores the snapshot of slot $3 (of digest $2, account $1) for edition $4 and lens $5, unless there is one already, and
-- returns the one that is stored.
with stored as (
  insert into tidemark.snapshots (account_id, digest_id, slot_id, edition, lens, figures, sha256, formats, taken_at)
  values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, to_timestamp($9))
  on conflict (account_id, slot_id, edition, lens) do nothing
  returning id
)
select id, true as new from stored
union all
select id, false from tidemark.snapshots
where account_id = $1 and slot_id = $3 and edition = $4 and lens = $5 and not exists (select from stored)
