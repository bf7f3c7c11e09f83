-- How much of account $1 waits to be rolled: distinct dirty quarters (counted up to $2), marks of wide scope, the age of the
-- oldest mark in seconds (null: none), and quarters that could not be rolled and wait for another try.
select
  (select count(*) from (select distinct hour from tidemark.dirty_hours where account_id = $1 limit $2) as q)::int as "dirtyQuarters",
  (select count(*) from (select from tidemark.dirty_scopes where account_id = $1 limit $2) as s)::int as "dirtyScopes",
  extract(epoch from clock_timestamp() - least(
    (select min(at) from tidemark.dirty_hours where account_id = $1),
    (select min(at) from tidemark.dirty_scopes where account_id = $1)))::float8 as "oldestAge",
  (select count(distinct hour) from tidemark.dirty_hours where account_id = $1 and failures > 0)::int as "failedQuarters"
