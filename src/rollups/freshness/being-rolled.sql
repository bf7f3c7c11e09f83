-- What the rolls of accounts $1 that hold their locks at this moment take: the newest $2 quarters (seconds) that are due, as the
-- sweep does, and the stretch that is left of a running backfill (nulls: none is) with the order it goes in. No row of an account:
-- nobody holds its lock. A lock of two integers has them in classid and objid, and 2 in objsubid.
select held.account_id as id,
  array(select extract(epoch from q.hour)::float8 from (
    select distinct hour from tidemark.dirty_hours
    where account_id = held.account_id and isfinite(hour) and (retry_at is null or retry_at <= now()) order by hour desc limit $2) as q) as quarters,
  extract(epoch from coalesce(lower(b.todo), b.start_at))::float8 as "from",
  extract(epoch from coalesce(upper(b.todo), b.next_until))::float8 as until,
  coalesce(b.oldest_first, false) as "oldestFirst"
from (
  select objid::bigint as account_id from pg_locks
  where locktype = 'advisory' and granted and pid <> pg_backend_pid() and objsubid = 2
    and database = (select oid from pg_database where datname = current_database())
    and classid::bigint = hashtext('tidemark roll')::bigint & 4294967295 and objid::bigint = any ($1::bigint[])
) as held
left join tidemark.backfills b on b.account_id = held.account_id and b.state = 'running'
