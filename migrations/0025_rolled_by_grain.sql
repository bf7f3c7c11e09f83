-- Why: days and months are made when they end, or when something changes in one that has; hours all the time. When something of an
-- account was last rolled says nothing of its days.
-- Locks: ACCESS EXCLUSIVE on tidemark.accounts for milliseconds (columns that may be null: nothing is read or rewritten). Safe beside
-- old code: it leaves them as they are, so that days and months that it makes are not told of.

-- Up Migration

alter table tidemark.accounts
  -- When rows of days and of months were last made, as rolled_at says of hours; null: not since this is kept.
  add column days_rolled_at timestamptz,
  add column months_rolled_at timestamptz;

-- Down Migration

alter table tidemark.accounts drop column months_rolled_at, drop column days_rolled_at;
