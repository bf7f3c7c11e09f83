-- What a roll of account $1 that holds its lock at this moment takes: the newest $2 quarters (seconds) that are due, as the sweep
-- does, and the stretch that is left of a running backfill (nulls: none is) with the order it goes in. No row: nobody holds it.
-- A lock of two integers has them in classid and objid, and 2 in objsubid.
select
  array(select extract(epoch from q.hour)::float8 from (
    select distinct hour from tidemark.dirty_hours
    where account_id = $1 and isfinite(hour) and (retry_at is null or retry_at <= now()) order by hour desc limit $2) as q) as quarters,
  extract(epoch from coalesce(lower(b.todo), b.start_at))::float8 as "from",
  extract(epoch from coalesce(upper(b.todo), b.next_until))::float8 as until,
  coalesce(b.oldest_first, false) as "oldestFirst"
from (
  select from pg_locks
  where locktype = 'advisory' and granted and pid <> pg_backend_pid() and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
    and classid::bigint = hashtext('tidemark roll')::bigint & 4294967295 and objid::bigint = $1::bigint
  limit 1
) as held
left join tidemark.backfills b on b.account_id = $1 and b.state = 'running'
