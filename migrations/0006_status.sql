-- Why: how often conversations were resolved and opened again, so that reports tell the backlog at the end of any day, how many
-- came back and how many were solved at first contact. An opening counts from now on, so it leaves a mark as well.
-- Locks: the rollup tables for a moment (columns with a constant default are added without rewriting them). Safe beside old
-- code, which leaves the columns at 0: so nothing counts as rolled until it is rolled anew, which is asked for here.

-- Up Migration

alter table tidemark.rollup_hourly
  add column closings integer not null default 0, add column reopenings integer not null default 0,
  add column first_contact_closings integer not null default 0;
alter table tidemark.rollup_daily
  add column closings integer not null default 0, add column reopenings integer not null default 0,
  add column first_contact_closings integer not null default 0;
alter table tidemark.rollup_monthly
  add column closings integer not null default 0, add column reopenings integer not null default 0,
  add column first_contact_closings integer not null default 0;

create or replace function tidemark.is_reported(name text) returns boolean language sql immutable parallel safe
return name in ('first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_resolved', 'conversation_bot_handoff',
  'conversation_opened');

insert into tidemark.backfills (account_id, since, until, reason)
select a.account_id, '-infinity', 'infinity', 'changes of status are counted from now on'
from tidemark.accounts a
where a.covered <> '{}' and exists (select from tidemark.rollup_hourly r where r.account_id = a.account_id)
  and not exists (select from tidemark.backfills b where b.account_id = a.account_id and b.state in ('queued', 'running'));
-- A backfill under way has rows without the new columns behind it.
update tidemark.backfills set next_until = end_at where state = 'running';
update tidemark.accounts a set covered = '{}'
where exists (select from tidemark.rollup_hourly r where r.account_id = a.account_id);

-- Down Migration

create or replace function tidemark.is_reported(name text) returns boolean language sql immutable parallel safe
return name in ('first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_resolved', 'conversation_bot_handoff');
alter table tidemark.rollup_hourly drop column closings, drop column reopenings, drop column first_contact_closings;
alter table tidemark.rollup_daily drop column closings, drop column reopenings, drop column first_contact_closings;
alter table tidemark.rollup_monthly drop column closings, drop column reopenings, drop column first_contact_closings;
