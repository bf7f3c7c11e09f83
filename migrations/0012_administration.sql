-- Why: an installation is run by people: they have tokens with a role, settings of their account, and a record of who
-- changed what. Rollups carry what they were rolled by, so that a changed definition makes them stale and nothing else.
-- Locks: ACCESS EXCLUSIVE on tidemark.accounts for milliseconds (constant defaults rewrite nothing); no raw table. Safe
-- beside old code, which knows nothing of the new columns and writes none of them.

-- Up Migration

-- Tokens of our own. Chatwoot's are accepted as well where its tables are.
create table tidemark.tokens (
  id bigint generated always as identity primary key,
  -- Null: an operator's, who runs the installation and sees how it works, but no account's figures.
  account_id bigint,
  name text not null check (length(name) between 1 and 120 and name !~ '[[:cntrl:]]'),
  role text not null check (role in ('administrator', 'report_manager', 'viewer', 'agent')),
  -- users.id of whom it stands for; an agent's token shows his own figures.
  user_id bigint,
  -- SHA-256 of the token, which is shown once and kept nowhere; its first characters, to tell tokens apart.
  sha256 bytea not null unique check (length(sha256) = 32),
  prefix text not null check (length(prefix) between 8 and 12),
  created_at timestamptz not null,
  expires_at timestamptz check (expires_at > created_at),
  revoked_at timestamptz,
  -- To the minute.
  used_at timestamptz,
  check (role <> 'agent' or user_id is not null),
  check (account_id is not null or role in ('administrator', 'viewer'))
);
create index tokens_of_account on tidemark.tokens (account_id, id);

-- Who did what, when and why, and how it was before and after. Written in the transaction of the change; only ever added to.
create table tidemark.audit_log (
  id bigint generated always as identity primary key,
  -- Null: it concerns the installation, or several accounts.
  account_id bigint,
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('user', 'token', 'operator', 'command', 'system')),
  -- users.id or tokens.id
  actor_id bigint check ((actor_id is null) = (actor_kind in ('command', 'system'))),
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  -- What it was done to: 'backfill' 7, 'token' 3, …
  subject_kind text check (subject_kind ~ '^[a-z_]+$'),
  subject_id bigint,
  reason text check (length(reason) between 1 and 500),
  before jsonb,
  after jsonb,
  request_id text check (length(request_id) <= 64)
);
create index audit_log_of_account on tidemark.audit_log (account_id, id);
create index audit_log_subject on tidemark.audit_log (account_id, subject_kind, subject_id, id);

create function tidemark.refuse_change() returns trigger language plpgsql as $$
begin
  -- Retention alone removes what is old enough (src/retention).
  if tg_op = 'DELETE' and current_setting('tidemark.retention', true) = 'on' then
    return null;
  end if;
  raise exception 'tidemark.% is only ever added to', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_append_only after update or delete or truncate on tidemark.audit_log
  for each statement execute function tidemark.refuse_change();

-- What an account has settled for itself; no row, or null: the default (src/accounts/settings.ts). The zone stays in
-- tidemark.accounts, the targets and the recipient policy in tables of their own.
create table tidemark.settings (
  account_id bigint primary key,
  -- ISO: 1 Monday … 7 Sunday.
  first_weekday smallint check (first_weekday between 1 and 7),
  working_hours jsonb,
  holidays jsonb,
  retention jsonb,
  branding jsonb,
  updated_at timestamptz not null
);

alter table tidemark.accounts
  -- The versions of the metrics' definitions that the rows of `covered` were rolled by (src/rollups/definitions/definitions.ts).
  add column definitions text not null default '1',
  -- Stretches whose rows were rolled by older definitions: reports read raw rows there until a backfill comes by.
  add column outdated tstzmultirange not null default '{}',
  -- When something of the account was last rolled.
  add column rolled_at timestamptz,
  -- Raw rows, rows by the hour and rows by the day from before these were purged; null: none were.
  add column raw_since timestamptz,
  add column hourly_since timestamptz,
  add column daily_since timestamptz;

-- Down Migration

alter table tidemark.accounts drop column daily_since, drop column hourly_since, drop column raw_since, drop column rolled_at,
  drop column outdated, drop column definitions;
drop table tidemark.settings, tidemark.audit_log, tidemark.tokens;
drop function tidemark.refuse_change;
