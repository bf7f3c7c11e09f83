-- Why: where raw rows are purged, rollup rows are all there is. What they were rolled by has to be known for good, and what
-- changes there afterwards, and is not counted any more, has to be seen.
-- Locks: ACCESS EXCLUSIVE on tidemark.accounts for milliseconds (a nullable column); none but on the new table else. Safe
-- beside old code, which purges nothing and writes neither.

-- Up Migration

-- A fingerprint of the zone's offsets up to raw_since: later rules may change, the days before are as they were rolled.
alter table tidemark.accounts add column raw_rules text;

-- Hours whose raw rows were purged and in which something came or changed since: it is not counted.
create table tidemark.late_hours (
  account_id bigint not null,
  -- The start of the hour bucket.
  hour timestamptz not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- How often it was noticed.
  times integer not null default 1 check (times > 0),
  primary key (account_id, hour)
);

-- Down Migration

drop table tidemark.late_hours;
alter table tidemark.accounts drop column raw_rules;
