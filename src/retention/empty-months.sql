-- The partitions of our own raw tables that hold a month which some account has purged all of (the whole month lies before the
-- latest boundary), oldest first: parent and name. Whether they are empty is to be looked at.
select p.parent, p.name
from (
  select i.inhparent::regclass::text as parent, c.relname as name, to_timestamp(right(c.relname, 7), 'YYYY_MM') as month
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where i.inhparent in ('public.messages'::regclass, 'public.reporting_events'::regclass)
    and c.relname ~ '^(messages|reporting_events)_\d{4}_\d{2}$'
) as p
where p.month + interval '1 month' <= (select raw_since from tidemark.accounts order by raw_since desc nulls last, account_id limit 1)
order by p.month, p.parent
