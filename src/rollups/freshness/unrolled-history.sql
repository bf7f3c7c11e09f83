-- The history of accounts, from the first message to $2 (Unix seconds), that reports read from raw rows and nobody is rolling: a row
-- per account with the seconds that were rolled by other definitions than $1, this release's, and that were never rolled. Purged
-- history is none. At most 100, those with outdated history first. The first message is one look into an index of (account_id,
-- created_at), and of accounts that are rolled none.
with account as (
  select a.account_id, case when a.definitions = $1 then a.outdated else a.outdated + a.covered end as outdated,
    tstzmultirange(tstzrange(coalesce(a.raw_since, '1970-01-01Z'), greatest(to_timestamp($2::float8), a.raw_since, '1970-01-01Z')))
      - case when a.definitions = $1 then a.covered else '{}' end as gaps
  from tidemark.accounts a
  where not exists (
    select from tidemark.backfills b where b.account_id = a.account_id and b.state in ('queued', 'running'))
),
unrolled as (
  select account_id, outdated, gaps from account
  where gaps <> '{}'
  order by outdated = '{}', account_id
  limit 100
),
history as (
  select u.account_id, u.outdated, u.gaps * tstzmultirange(tstzrange(m.first, 'infinity')) as gaps
  from unrolled u
  cross join lateral (
    select min(created_at) at time zone 'UTC' as first from messages where account_id = u.account_id and created_at >= '1970-01-01'
  ) as m
  where m.first is not null
)
select h.account_id as "accountId",
  (select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)::float8 from unnest(h.gaps * h.outdated) as r) as outdated,
  (select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)::float8 from unnest(h.gaps - h.outdated) as r) as missing
from history h
order by h.account_id
