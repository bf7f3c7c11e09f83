-- Why: who asks for a backfill may want to be told when it ends. Whom is a row beside it; the mail is a notice in the ledger,
-- which is about no digest then.
-- Locks: ACCESS EXCLUSIVE on tidemark.deliveries for milliseconds (a column may be null: nothing is read or rewritten), SHARE ROW
-- EXCLUSIVE on tidemark.backfills for the moment in which it is referred to. Safe beside old code: it tells nobody, sends such a
-- notice when it finds one queued, and lists it below no digest.

-- Up Migration

create table tidemark.backfill_notices (
  account_id bigint not null,
  backfill_id bigint not null,
  -- users.id of who asked for it, written to at the address that he has when it ends; or an address given at the command line.
  user_id bigint,
  address text check (length(address) between 3 and 254 and address !~ '[[:cntrl:][:space:]]'),
  -- The end (finished_at) that was told; another follows only when what failed is tried again.
  told_end timestamptz,
  primary key (account_id, backfill_id),
  foreign key (account_id, backfill_id) references tidemark.backfills on delete cascade,
  check (num_nonnulls(user_id, address) = 1)
);
comment on table tidemark.backfill_notices is 'Who is told when a backfill ends';

-- Null: a notice about a backfill.
alter table tidemark.deliveries alter column digest_id drop not null;

-- Down Migration

delete from tidemark.deliveries where digest_id is null;
alter table tidemark.deliveries alter column digest_id set not null;
drop table tidemark.backfill_notices;
