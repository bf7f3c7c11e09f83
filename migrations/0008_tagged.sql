-- Why: reports by inbox and tag count conversations and messages once per tag as it is spelled. Label rows match in any case and
-- know no inbox, so these have rows of their own: per day and month, tag and inbox. Tags are named when they are read, so a
-- renamed one leaves the rows as they are.
-- Locks: none but on the new tables. Safe beside old code, which makes no such rows: so nothing counts as rolled until it is
-- rolled anew, which is asked for here.

-- Up Migration

-- None by the hour: raw rows tell these as well.
create table tidemark.tagged_daily (
  account_id bigint not null,
  -- The instant at which the bucket starts on the clock of accounts.rolled_zone.
  bucket timestamptz not null,
  tag_id bigint not null,
  -- The conversation's present one.
  inbox_id bigint not null,
  -- Created in the bucket.
  conversations integer not null,
  -- Written in the bucket.
  outgoing_messages integer not null,
  primary key (account_id, bucket, tag_id, inbox_id)
);
create table tidemark.tagged_monthly (like tidemark.tagged_daily including all);

insert into tidemark.backfills (account_id, since, until, reason)
select a.account_id, '-infinity', 'infinity', 'tags are counted by inbox from now on'
from tidemark.accounts a
where a.covered <> '{}' and exists (select from tidemark.rollup_hourly r where r.account_id = a.account_id)
  and not exists (select from tidemark.backfills b where b.account_id = a.account_id and b.state in ('queued', 'running'));
-- A backfill under way has a stretch without the new rows behind it: it begins again, and rolls what was covered beyond its own
-- stretch as well.
update tidemark.backfills b
set since = '-infinity', until = 'infinity', state = 'queued', start_at = null, end_at = null, next_until = null, hours_done = 0
where b.state in ('queued', 'running')
  and exists (select from tidemark.accounts a where a.account_id = b.account_id and a.covered <> '{}')
  and exists (select from tidemark.rollup_hourly r where r.account_id = b.account_id);
update tidemark.accounts a set covered = '{}'
where exists (select from tidemark.rollup_hourly r where r.account_id = a.account_id);

-- Down Migration

drop table tidemark.tagged_monthly, tidemark.tagged_daily;
