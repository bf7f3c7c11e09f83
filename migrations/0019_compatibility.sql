-- Why: releases run side by side while one replaces the other, and sometimes one is put back. Most changes of the tables do
-- not concern the release before; one that does has to say so, or the older release would work on, wrongly. Here it says so.
-- Locks: none on anything there is. Safe beside old code, which does not know the table.

-- Up Migration

-- One row. A release that lacks the migration `needs` (a file of migrations/) refuses to work on these tables. A migration that an older
-- release cannot live with raises it, in the same transaction: see migrations/README.md.
create table tidemark.compatibility (
  single boolean primary key default true check (single),
  needs text not null check (needs ~ '^[0-9]{4}_[a-z0-9_]+$'),
  -- The release that brought it, for the message.
  release text not null check (length(release) between 1 and 40)
);
insert into tidemark.compatibility (needs, release) values ('0012_administration', '0.1.0');

-- Down Migration

drop table tidemark.compatibility;
