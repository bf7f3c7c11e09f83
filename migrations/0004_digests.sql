-- Why: what digests promise are unique keys here. One slot per digest and week, one snapshot per slot, one delivery per
-- snapshot and recipient: whoever plans, composes or delivers a second time finds the row of the first.
-- Locks: none but on the new tables. Safe beside old code.

-- Up Migration

create table tidemark.digests (
  id bigint generated always as identity,
  account_id bigint not null,
  name text not null check (length(name) between 1 and 120 and name !~ '[[:cntrl:]]'),
  -- When it is due: a weekday (0 = Sunday) and a wall-clock time in a zone.
  zone text not null check (length(zone) between 1 and 64),
  weekday smallint not null check (weekday between 0 and 6),
  time text not null check (time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  -- The weekday on which the reported weeks begin.
  first_weekday smallint not null default 1 check (first_weekday between 0 and 6),
  recipients text[] not null check (
    cardinality(recipients) between 1 and 200 and array_to_string(recipients, ' ', ' ') !~ '[[:cntrl:]]'
  ),
  formats text[] not null check (cardinality(formats) between 1 and 3 and formats <@ array['inline', 'csv', 'xlsx']),
  business_hours boolean not null default false,
  paused boolean not null default false,
  -- Slots before are none of its own: it was made, or resumed, then.
  active_since timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (account_id, id)
);
comment on table tidemark.digests is 'A schedule with recipients and content that turns a snapshot into mail each week';

create table tidemark.digest_slots (
  account_id bigint not null,
  digest_id bigint not null,
  -- The first local date of the reported week. A date, not an instant: it stays the same key when the zone is edited.
  period_start date not null,
  due_at timestamptz not null,
  -- The zone whose week it is, as it was when the slot was planned.
  zone text not null check (length(zone) between 1 and 64),
  -- waiting_for_data: rollups are behind the end of the week; composed: the snapshot is taken and deliveries are queued;
  -- done: nothing is left to deliver; missed: too old to be sent, or could not be composed.
  state text not null check (state in ('planned', 'waiting_for_data', 'composed', 'done', 'missed')),
  planned_at timestamptz not null,
  -- A slot that failed to compose waits until then, longer each time.
  retry_at timestamptz,
  failures smallint not null default 0 check (failures >= 0),
  note text check (length(note) <= 500),
  primary key (account_id, digest_id, period_start),
  foreign key (account_id, digest_id) references tidemark.digests on delete cascade
);
create index digest_slots_open on tidemark.digest_slots (due_at) where state in ('planned', 'waiting_for_data');
create index digest_slots_composed on tidemark.digest_slots (account_id) where state = 'composed';

-- Never updated: whatever is sent, shown or downloaded of a period is made from this row.
create table tidemark.snapshots (
  id bigint generated always as identity,
  account_id bigint not null,
  digest_id bigint not null,
  period_start date not null,
  figures jsonb not null,
  -- Of the figures as canonical JSON: jsonb keeps no order of keys.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  -- What its mail carries, for all recipients alike.
  formats text[] not null check (cardinality(formats) between 1 and 3 and formats <@ array['inline', 'csv', 'xlsx']),
  taken_at timestamptz not null,
  primary key (account_id, id),
  unique (account_id, digest_id, period_start),
  foreign key (account_id, digest_id, period_start) references tidemark.digest_slots on delete cascade
);

create table tidemark.deliveries (
  id uuid not null,
  account_id bigint not null,
  digest_id bigint not null,
  snapshot_id bigint not null,
  recipient text not null check (length(recipient) between 3 and 254 and recipient !~ '[[:cntrl:][:space:]]'),
  -- sending: handed to a mail server, outcome not known yet; sent: the server said 250; written: laid into the outbox,
  -- because no mail server is configured; refused: given up; uncertain: it may or may not have arrived.
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'written', 'refused', 'uncertain')),
  -- How often a server was reached with it, and how often the outcome of that is not known.
  attempts smallint not null default 0 check (attempts between 0 and 100),
  doubts smallint not null default 0 check (doubts between 0 and 2),
  -- When it may be tried (again); null: nothing more happens by itself.
  next_attempt_at timestamptz,
  claimed_at timestamptz,
  -- The same on every attempt, so that a mail server or reader can tell a second copy.
  message_id text not null check (length(message_id) between 5 and 320 and message_id !~ '[[:cntrl:][:space:]]'),
  error text check (length(error) <= 500),
  created_at timestamptz not null,
  finished_at timestamptz,
  primary key (account_id, id),
  unique (account_id, snapshot_id, recipient),
  foreign key (account_id, snapshot_id) references tidemark.snapshots on delete cascade,
  check ((state = 'sending') = (claimed_at is not null)),
  check (state in ('queued', 'uncertain') or next_attempt_at is null),
  check ((state in ('sent', 'written', 'refused')) = (finished_at is not null))
);
create index deliveries_due on tidemark.deliveries (account_id, next_attempt_at) where next_attempt_at is not null;
create index deliveries_sending on tidemark.deliveries (account_id, claimed_at) where state = 'sending';

-- Mail sent to one person on request. Never a period's delivery; kept to be shown and to bound how many are sent.
create table tidemark.test_mails (
  id uuid not null,
  account_id bigint not null,
  digest_id bigint not null,
  period_start date not null,
  recipient text not null check (length(recipient) between 3 and 254 and recipient !~ '[[:cntrl:][:space:]]'),
  state text not null check (state in ('sending', 'sent', 'written', 'refused', 'uncertain')),
  error text check (length(error) <= 500),
  at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, digest_id) references tidemark.digests on delete cascade
);
create index test_mails_at on tidemark.test_mails (account_id, digest_id, at);

-- Down Migration

drop table tidemark.test_mails, tidemark.deliveries, tidemark.snapshots, tidemark.digest_slots, tidemark.digests;
