-- Why: an hour that a backfill could not roll may be rolled later, by another try or by the dirty log. What that changed can only be told by
-- what the hour held before the first try.
-- Locks: ACCESS EXCLUSIVE on tidemark.backfill_errors for milliseconds (columns that may be null: nothing is read or rewritten). Safe
-- beside old code: it leaves them null, and counts such an hour with its chunk.

-- Up Migration

alter table tidemark.backfill_errors
  add column was_rolled boolean,
  -- Of its rows by the hour; null: there were none.
  add column fingerprint_before text,
  add column parts_before jsonb;

-- Down Migration

alter table tidemark.backfill_errors drop column parts_before, drop column fingerprint_before, drop column was_rolled;
