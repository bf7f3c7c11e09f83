-- Why: reports tell the share of answers within a target, which is a promise of the desk and so a setting.
-- Locks: none but on the new table. Safe beside old code.

-- Up Migration

create table tidemark.targets (
  account_id bigint not null,
  -- As in the rollup tables: 0 account (its own id), 1 inbox, 3 team.
  dimension smallint not null check (dimension in (0, 1, 3)),
  dimension_id bigint not null,
  times text not null check (times in ('first_response', 'reply', 'resolution')),
  seconds double precision not null check (seconds > 0 and seconds <= 1e9),
  primary key (account_id, dimension, dimension_id, times)
);

-- Down Migration

drop table tidemark.targets;
