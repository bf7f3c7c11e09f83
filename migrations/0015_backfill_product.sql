-- Why: whoever runs a backfill decides what it rolls and how fast, may pause it and call it off, sees which hours failed and
-- why, and is told at the end what changed. An hour that cannot be rolled says why.
-- Locks: ACCESS EXCLUSIVE on tidemark.backfills and tidemark.dirty_hours for milliseconds (constant defaults rewrite nothing;
-- the checks read the few rows of backfills); writers of raw rows wait that long. Safe beside old code: a worker of an older
-- release that takes one of these backfills rolls all of its range, newest first, which is more than was asked and as exact;
-- it leaves alone what is paused.

-- Up Migration

-- Why the hour could not be rolled, without data.
alter table tidemark.dirty_hours add column error text;

alter table tidemark.backfills
  drop constraint backfills_state_check,
  add constraint backfills_state_check
    check (state in ('queued', 'running', 'paused', 'completed', 'completed_with_errors', 'cancelled', 'failed')),
  -- What of the stretch is rolled: what never was, that and what is dirty, or all of it.
  add column mode text not null default 'all' check (mode in ('missing', 'incomplete', 'all')),
  add column oldest_first boolean not null default false,
  add column max_hours_per_minute integer check (max_hours_per_minute between 1 and 1000000),
  -- Wall-clock times of the account's zone between which it works; over midnight where the second is the earlier one.
  add column window_from text check (window_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  add column window_until text check (window_until ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' and window_until <> window_from),
  add constraint backfills_window check ((window_from is null) = (window_until is null)),
  add column verify boolean not null default false,
  -- Also where raw rows are gone, so that the figures there are erased.
  add column allow_erase boolean not null default false,
  -- As in the audit log.
  add column asked_by_kind text not null default 'system'
    check (asked_by_kind in ('user', 'token', 'operator', 'command', 'system')),
  add column asked_by_id bigint,
  -- SHA-256 of what was asked for, to tell the same request when it comes again.
  add column asked_sha256 text check (asked_sha256 ~ '^[0-9a-f]{64}$'),
  -- What is rolled, and what of it is still to be rolled and verified; null before it starts.
  add column days tstzmultirange,
  add column todo tstzmultirange,
  add column to_verify tstzmultirange,
  add column hours_total integer not null default 0,
  add column days_total integer not null default 0,
  add column days_done integer not null default 0,
  add column chunks integer not null default 0,
  -- Time spent on chunks, without rests: what its speed is measured by.
  add column active_seconds double precision not null default 0,
  -- The next chunk waits until then, so that no more is rolled in a minute than is allowed.
  add column paced_until timestamptz,
  add column paused_at timestamptz,
  -- Hours that had no rows before, and those whose rows were replaced by others, or by the same.
  add column hours_new integer not null default 0,
  add column hours_changed integer not null default 0,
  add column hours_unchanged integer not null default 0,
  add column changed tstzmultirange not null default '{}',
  -- Sums of the account's parts by name: over replaced hours as they were and as they are, and over new ones.
  add column parts_before jsonb not null default '{}',
  add column parts_after jsonb not null default '{}',
  add column parts_new jsonb not null default '{}',
  add column verified jsonb,
  -- What it came to, once it has ended.
  add column report jsonb,
  -- Moves with every change of the row.
  add column revision bigint not null default 0;

create function tidemark.next_revision() returns trigger language plpgsql as $$
begin
  new.revision := old.revision + 1;
  return new;
end $$;
create trigger backfills_revision before update on tidemark.backfills for each row execute function tidemark.next_revision();

drop index tidemark.backfills_active;
create unique index backfills_active on tidemark.backfills (account_id) where state in ('queued', 'running', 'paused');

-- Hours that a backfill could not roll. They wait in the dirty log, which tries them again.
create table tidemark.backfill_errors (
  account_id bigint not null,
  backfill_id bigint not null,
  hour timestamptz not null,
  error text not null,
  failed_at timestamptz not null,
  primary key (account_id, backfill_id, hour),
  foreign key (account_id, backfill_id) references tidemark.backfills on delete cascade
);

-- Requests that carried a key of the caller's: sent again, they start nothing more.
create table tidemark.backfill_requests (
  account_id bigint not null,
  request_key text not null check (length(request_key) between 1 and 300),
  request_sha256 text not null check (request_sha256 ~ '^[0-9a-f]{64}$'),
  backfill_id bigint not null,
  primary key (account_id, request_key),
  foreign key (account_id, backfill_id) references tidemark.backfills on delete cascade
);

-- Down Migration

drop table tidemark.backfill_requests, tidemark.backfill_errors;
drop trigger backfills_revision on tidemark.backfills;
drop function tidemark.next_revision;
drop index tidemark.backfills_active;
update tidemark.backfills set state = 'cancelled' where state = 'paused';
update tidemark.backfills set state = 'completed' where state = 'completed_with_errors';
create unique index backfills_active on tidemark.backfills (account_id) where state in ('queued', 'running');
alter table tidemark.backfills
  drop constraint backfills_state_check,
  add constraint backfills_state_check check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
  drop constraint backfills_window,
  drop column revision, drop column report, drop column verified, drop column parts_new, drop column parts_after,
  drop column parts_before, drop column changed, drop column hours_unchanged, drop column hours_changed, drop column hours_new,
  drop column paused_at, drop column paced_until, drop column active_seconds, drop column chunks, drop column days_done,
  drop column days_total, drop column hours_total, drop column to_verify, drop column todo, drop column days,
  drop column asked_sha256, drop column asked_by_id, drop column asked_by_kind, drop column allow_erase, drop column verify,
  drop column window_until, drop column window_from, drop column max_hours_per_minute, drop column oldest_first,
  drop column mode;
alter table tidemark.dirty_hours drop column error;
