-- Why: a digest is more than a weekday: any cadence, a window of its own, recipients with lenses and groups, conditions, and
-- what became of each mail. The unique keys stay the promise: one slot per digest and period, one snapshot per slot, edition
-- and lens, one delivery per edition and recipient.
-- Locks: ACCESS EXCLUSIVE on the tables of digests for as long as their few rows take to be rewritten; no raw table.

-- Up Migration

-- Recipients that several digests share.
create table tidemark.recipient_groups (
  id bigint generated always as identity,
  account_id bigint not null,
  name text not null check (length(name) between 1 and 120 and name !~ '[[:cntrl:]]'),
  created_at timestamptz not null,
  primary key (account_id, id),
  unique (account_id, name)
);

alter table tidemark.digests
  -- users.id of who answers for it; null: made at the command line, or by nobody who is known.
  add column owner_id bigint,
  -- src/digests/schedule/cadence.ts
  add column cadence jsonb,
  -- src/digests/schedule/window.ts
  add column data_window jsonb,
  -- Local dates of slots, both inclusive.
  add column starts_on date,
  add column ends_on date,
  add column comparison text not null default 'previous' check (comparison in ('previous', 'year', 'none')),
  -- Ids by dimension; what is absent means all, also future ones.
  add column filter jsonb not null default '{}',
  add column language text not null default 'en' check (language ~ '^[a-z]{2}$'),
  add column csv_delimiter text not null default ',' check (csv_delimiter in (',', ';', 'tab')),
  add column condition jsonb not null default '{"when": "always", "thresholds": [], "targets": false}',
  -- What is done when rollups are still behind so many hours after it was due.
  add column when_incomplete text not null default 'send' check (when_incomplete in ('send', 'hold', 'skip')),
  add column patience_hours double precision not null default 2 check (patience_hours between 0 and 72),
  add column paused_at timestamptz,
  add column pause_reason text check (length(pause_reason) <= 500),
  add column updated_at timestamptz not null default now(),
  -- The request that made it (who asked, and his Idempotency-Key) and the SHA-256 of what it asked for: sent again, it makes no second one.
  add column request_key text check (length(request_key) <= 300),
  add column request_sha256 text check (request_sha256 ~ '^[0-9a-f]{64}$'),
  add constraint digests_requests unique (account_id, request_key),
  add constraint digests_dates check (ends_on >= starts_on);
update tidemark.digests set
  cadence = jsonb_build_object('every', 'week', 'weekdays', jsonb_build_array(weekday), 'time', time),
  data_window = '{"unit": "week", "count": 1}',
  paused_at = case when paused then now() end,
  pause_reason = case when paused then 'paused by hand' end;
alter table tidemark.digests
  alter column cadence set not null,
  alter column data_window set not null,
  drop column weekday,
  drop column time,
  drop column paused,
  drop constraint digests_formats_check,
  add constraint digests_formats_check check (cardinality(formats) between 1 and 4 and formats <@ array['inline', 'csv', 'zip', 'xlsx']);

create table tidemark.digest_groups (
  account_id bigint not null,
  digest_id bigint not null,
  group_id bigint not null,
  primary key (account_id, digest_id, group_id),
  foreign key (account_id, digest_id) references tidemark.digests on delete cascade,
  foreign key (account_id, group_id) references tidemark.recipient_groups
);
create index digest_groups_by_group on tidemark.digest_groups (account_id, group_id);

-- Somebody who is sent a digest, directly or as one of a group: a user of the account, or an address.
create table tidemark.recipients (
  id bigint generated always as identity,
  account_id bigint not null,
  digest_id bigint,
  group_id bigint,
  user_id bigint,
  address text check (length(address) between 3 and 254 and address !~ '[[:cntrl:][:space:]]'),
  -- Whose figures he is sent: "all", "own_teams", "own", or ids by dimension.
  lens jsonb not null default '"all"',
  added_by bigint,
  added_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, digest_id) references tidemark.digests on delete cascade,
  foreign key (account_id, group_id) references tidemark.recipient_groups on delete cascade,
  check (num_nonnulls(digest_id, group_id) = 1),
  check (num_nonnulls(user_id, address) = 1)
);
create unique index recipients_of_digest on tidemark.recipients (account_id, digest_id, (coalesce('user ' || user_id, lower(address)))) where digest_id is not null;
create unique index recipients_of_group on tidemark.recipients (account_id, group_id, (coalesce('user ' || user_id, lower(address)))) where group_id is not null;
create index recipients_by_address on tidemark.recipients (account_id, lower(address)) where address is not null;
create index recipients_by_user on tidemark.recipients (account_id, user_id) where user_id is not null;

insert into tidemark.recipients (account_id, digest_id, address, added_at)
select account_id, id, address, created_at
from (select distinct on (account_id, id, lower(address)) account_id, id, address, created_at from tidemark.digests, unnest(recipients) as address) as r;
alter table tidemark.digests drop column recipients;

-- What was taken before has another shape, which nothing reads any more; its slots stay, so no week is sent again.
delete from tidemark.snapshots;
update tidemark.digest_slots set state = 'done' where state = 'composed';
alter table tidemark.snapshots drop constraint snapshots_account_id_digest_id_period_start_fkey;
alter table tidemark.digest_slots
  add column id bigint generated always as identity,
  -- The last local date of the reported period.
  add column period_end date,
  -- How many snapshots it was given: more than one when somebody had it run again.
  add column editions smallint not null default 0 check (editions between 0 and 100),
  -- What somebody decided about it: released, to be composed from what there is instead of waiting; skipped; or rerun.
  add column decision text check (decision in ('released', 'skipped', 'rerun')),
  add column decided_by bigint,
  add column decided_at timestamptz,
  drop constraint digest_slots_state_check;
update tidemark.digest_slots set period_end = period_start + 6, editions = case when state = 'done' then 1 else 0 end;
alter table tidemark.digest_slots
  alter column period_end set not null,
  drop constraint digest_slots_pkey,
  add primary key (account_id, id),
  add unique (account_id, digest_id, period_start, period_end),
  -- waiting_for_data: rollups are behind the end of the period; held: they still are after its patience, somebody decides;
  -- composed: snapshots are taken, deliveries queued; done: nothing is left to deliver; missed: too old to be sent, or could
  -- not be composed; skipped: its condition, or missing data, kept it back.
  add check (state in ('planned', 'waiting_for_data', 'held', 'composed', 'done', 'missed', 'skipped')),
  add check (period_end >= period_start);

alter table tidemark.snapshots
  add column slot_id bigint not null,
  add column edition smallint not null default 1 check (edition between 1 and 100),
  -- Whose figures: empty for those of the whole digest, else the lens as canonical JSON.
  add column lens text not null default '' check (length(lens) <= 4000);
alter table tidemark.snapshots
  drop constraint snapshots_account_id_digest_id_period_start_key,
  drop constraint snapshots_formats_check,
  add constraint snapshots_formats_check check (cardinality(formats) between 1 and 4 and formats <@ array['inline', 'csv', 'zip', 'xlsx']),
  drop column period_start,
  add unique (account_id, slot_id, edition, lens),
  add foreign key (account_id, slot_id) references tidemark.digest_slots on delete cascade;

-- One ledger for all that is mailed: a recipient's snapshot, or a notice about a digest.
alter table tidemark.deliveries
  add column kind text not null default 'digest' check (kind in ('digest', 'notice')),
  add column slot_id bigint,
  add column edition smallint not null default 1,
  -- 1; more for what somebody had sent again.
  add column copy smallint not null default 1 check (copy between 1 and 100),
  add column user_id bigint,
  -- Who had it sent again.
  add column requested_by bigint,
  -- Who had put the recipient on the list, by the name of then, and when: the mail says so, however often it is made.
  add column added_by text check (length(added_by) <= 255),
  add column added_at timestamptz,
  -- The subject and the paragraphs of a notice, and the key by which it is sent once.
  add column notice jsonb,
  add column notice_key text check (length(notice_key) <= 200),
  -- Bytes of the mail, and what the server answered to it.
  add column size integer check (size > 0),
  add column response text check (length(response) <= 500),
  -- How somebody settled what was uncertain.
  add column resolution text check (resolution in ('delivered', 'not_delivered', 'sent_again')),
  add column resolved_by bigint,
  add column resolved_at timestamptz,
  alter column snapshot_id drop not null,
  drop constraint deliveries_account_id_snapshot_id_recipient_key,
  drop constraint deliveries_state_check,
  drop constraint deliveries_check2;
alter table tidemark.deliveries
  -- suppressed: the recipient wants none of it; skipped: the recipient policy, or his lens, left nothing to send.
  add constraint deliveries_state_check
    check (state in ('queued', 'sending', 'sent', 'written', 'refused', 'uncertain', 'suppressed', 'skipped')),
  add constraint deliveries_finished check ((state in ('sent', 'written', 'refused', 'suppressed', 'skipped')) = (finished_at is not null)),
  add constraint deliveries_kind check (
    case kind when 'digest' then slot_id is not null and notice is null and (snapshot_id is not null or state in ('suppressed', 'skipped'))
      else notice is not null and notice_key is not null and snapshot_id is null end
  ),
  add unique (account_id, slot_id, edition, recipient, copy),
  add unique (account_id, notice_key, recipient),
  add foreign key (account_id, slot_id) references tidemark.digest_slots on delete cascade,
  add foreign key (account_id, digest_id) references tidemark.digests on delete cascade;
create index deliveries_of_digest on tidemark.deliveries (account_id, digest_id, created_at);
create index deliveries_of_recipient on tidemark.deliveries (account_id, lower(recipient));

alter table tidemark.test_mails
  add column period_end date,
  add column requested_by bigint;
update tidemark.test_mails set period_end = period_start + 6;
alter table tidemark.test_mails alter column period_end set not null;

-- Who is sent no more of a digest, or of any (digest 0) of the account.
create table tidemark.suppressions (
  account_id bigint not null,
  digest_id bigint not null,
  address text not null check (address = lower(address) and length(address) between 3 and 254),
  -- The user of the account who had this address: it holds for any later address of his, too.
  user_id bigint,
  -- unsubscribed: his own wish, also when somebody had entered him before; removed: somebody entered him, and nothing else.
  reason text not null check (reason in ('unsubscribed', 'removed')),
  -- The user who entered it; null: nobody else than himself, or somebody at the command line.
  entered_by bigint,
  at timestamptz not null,
  -- When somebody entered it; null: nobody but himself did, so that he may undo it.
  entered_at timestamptz,
  primary key (account_id, address, digest_id),
  check (reason = 'unsubscribed' or entered_at is not null)
);
create index suppressions_by_user on tidemark.suppressions (account_id, user_id) where user_id is not null;

-- What a link in a mail opens, for whom and how long.
create table tidemark.links (
  id uuid not null,
  account_id bigint not null,
  delivery_id uuid not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_by bigint,
  created_at timestamptz not null,
  primary key (account_id, id),
  unique (account_id, delivery_id),
  foreign key (account_id, delivery_id) references tidemark.deliveries on delete cascade
);

create table tidemark.link_visits (
  account_id bigint not null,
  link_id uuid not null,
  -- The name of the file, or null for the page.
  file text check (length(file) <= 200),
  at timestamptz not null,
  foreign key (account_id, link_id) references tidemark.links on delete cascade
);
create index link_visits_of_link on tidemark.link_visits (account_id, link_id, at);

-- To whom an account lets its digests be sent. No row: to anybody.
create table tidemark.recipient_policies (
  account_id bigint primary key,
  -- Whether people without a user of the account may be recipients.
  external boolean not null default true,
  -- `example.com` or `*.example.com`; empty: any.
  domains text[] not null default '{}' check (cardinality(domains) <= 200),
  most_recipients integer not null default 1000 check (most_recipients between 1 and 10000),
  updated_by bigint,
  updated_at timestamptz not null
);

-- Down Migration

do $$ begin raise exception 'digests cannot be made weekly again: restore a backup'; end $$;
