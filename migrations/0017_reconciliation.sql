-- Why: rolled rows are recomputed from the raw rows all the time, so that a wrong one is found, mended and told of. The plan of
-- it is rows: which days were found to be right and when, what was not, and when an account's turn comes.
-- Locks: ACCESS EXCLUSIVE on tidemark.accounts for milliseconds (a column without a default). Safe beside old code, which rolls without taking a day's verification back: until such a
-- process has ended a day may be called verified that it has rolled again since; it is recomputed in its turn all the same.

-- Up Migration

-- Days whose rows of every table agreed with the raw rows, or were made to. A day's row goes in the transaction that rolls any
-- of its hours again.
create table tidemark.verified_days (
  account_id bigint not null,
  -- The instant at which the day starts on the clock of accounts.rolled_zone.
  day timestamptz not null,
  verified_at timestamptz not null,
  primary key (account_id, day)
);

-- Rolled rows that were not what the raw rows give.
create table tidemark.mismatches (
  id bigint generated always as identity,
  account_id bigint not null,
  found_at timestamptz not null,
  -- The table of ours that it stood in, or should have: rollup_hourly … bot_events; accounts for what an account is said to have.
  rollup_table text not null,
  bucket timestamptz not null,
  dimension smallint not null,
  dimension_id bigint not null,
  -- The row as it was stored and as it was recomputed, without its key; null: there was none, there should be none.
  stored jsonb,
  recomputed jsonb,
  -- Null: it was looked at only.
  repaired_at timestamptz,
  primary key (account_id, id),
  check (stored is not null or recomputed is not null)
);

-- When an account's turn comes, and how far it is.
create table tidemark.reconciliations (
  account_id bigint primary key,
  due_at timestamptz not null,
  -- When the recent days were last recomputed, all of them.
  recent_at timestamptz,
  -- Days that hold anything and are rolled, and how many of them are verified; as of the last turn.
  days_total integer not null default 0,
  days_verified integer not null default 0,
  -- The oldest verification among them.
  oldest_at timestamptz,
  -- Rows that differed, ever; more than are kept in mismatches.
  mismatches bigint not null default 0
);
create index reconciliations_due on tidemark.reconciliations (due_at);

-- The definitions that the rows of accounts.outdated were rolled by, of several the lowest version of each metric, so that it
-- can be told which metrics have changed since.
alter table tidemark.accounts add column outdated_definitions text;

-- Down Migration

alter table tidemark.accounts drop column outdated_definitions;
drop table tidemark.reconciliations, tidemark.mismatches, tidemark.verified_days;
