-- Why: whether the parts of an installation work is seen from outside of them, also when no worker is left to say so. And mail
-- of which nobody knows whether it arrived is counted each time metrics are read.
-- Locks: SHARE on tidemark.deliveries for one read of it (writers wait that long); nothing else. Safe beside old code, which
-- knows nothing of either.

-- Up Migration

create table tidemark.heartbeats (
  -- The name of a job that runs by itself.
  job text primary key check (length(job) between 1 and 100),
  every_seconds double precision not null check (every_seconds > 0),
  -- When a run of it last ended well, by the clock of the database.
  at timestamptz not null
) with (fillfactor = 50);
comment on table tidemark.heartbeats is 'When each heartbeat of the workers last did its work';

create index deliveries_uncertain on tidemark.deliveries (account_id) where state = 'uncertain' and resolution is null;

-- Down Migration

drop index tidemark.deliveries_uncertain;
drop table tidemark.heartbeats;
