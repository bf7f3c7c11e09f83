-- Why: a backfill is a row, so that it goes on where it was after a crash, whoever goes on with it.
-- Locks: none but on the new table. Safe beside old code.

-- Up Migration

create table tidemark.backfills (
  id bigint generated always as identity,
  account_id bigint not null,
  -- The stretch asked for, widened to whole local days; -infinity and infinity: all there is.
  since timestamptz not null,
  until timestamptz not null check (until > since),
  reason text not null check (length(reason) between 1 and 500),
  state text not null default 'queued' check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  -- The stretch that is worked on, newest first: [start_at, next_until) is still to do. Set when it starts.
  start_at timestamptz,
  end_at timestamptz,
  next_until timestamptz,
  hours_done integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  -- Moves with every chunk; a running backfill whose chunk is old has lost its runner.
  progressed_at timestamptz,
  finished_at timestamptz,
  failures smallint not null default 0,
  error text,
  primary key (account_id, id)
);
create unique index backfills_id on tidemark.backfills (id);
-- One at a time per account.
create unique index backfills_active on tidemark.backfills (account_id) where state in ('queued', 'running');

-- Down Migration

drop table tidemark.backfills;
