-- Why: rollups follow the raw rows through a log that is written in the writer's own transaction. A mark commits with
-- its cause, so whoever sees the mark sees the cause; ids and created_at are not in commit order and are never used.
-- Locks: share row exclusive on the raw tables for the moment in which the triggers are made (writers wait, readers
-- do not). Safe beside old code: nothing existing is changed.

-- Up Migration

create table tidemark.accounts (
  account_id bigint primary key,
  -- Our own setting; null: taken from the raw tables (see src/accounts/zone.ts).
  zone text check (length(zone) between 1 and 64),
  -- The zone whose hours and days the account's rollup rows are; null: nothing rolled yet.
  rolled_zone text check (length(rolled_zone) between 1 and 64),
  -- A fingerprint of that zone's offsets: with other ones, after an update of the tz database, the rows are of no use.
  rolled_rules text check ((rolled_rules is null) = (rolled_zone is null)),
  -- The stretches of history that have been rolled. Outside of them reports read raw rows.
  covered tstzmultirange not null default '{}',
  -- Days and months that end by then have rows, where they are covered; what is still going on is read by the hour, so that
  -- rolling the present hour touches the hour's rows alone.
  merged_through timestamptz
);
comment on table tidemark.accounts is 'One row per account: how far its history is rolled, and in which zone';

-- No unique key: it would make writers that touch the same hour wait for each other.
create table tidemark.dirty_hours (
  account_id bigint not null,
  -- A quarter of an hour in UTC, so that the triggers need no zone; the roller finds the account's bucket.
  hour timestamptz not null,
  -- Only the label rows are out of date.
  labels_only boolean not null default false,
  -- An hour that could not be rolled waits until then, longer each time, and does not hold up the others.
  retry_at timestamptz,
  failures smallint not null default 0,
  at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1);
create index dirty_hours_hour on tidemark.dirty_hours (account_id, hour, labels_only);

-- Marks of things that reach over many hours. They are turned into hours when they are read, not when they are written:
-- a concurrent transaction may be adding rows to a conversation that this one is moving to another team, and neither
-- sees the other. Looked up after both have committed, no hour is missed.
create table tidemark.dirty_scopes (
  -- Null where the account is not known when the mark is made.
  account_id bigint,
  -- conversation: every hour in which it has raw rows; creation: the label rows of the hour it was created in;
  -- label: every conversation tagged with `title` in any case. Without an account: tag: every conversation tagged with the
  -- tag `id`; tagged: the conversation `id`, which could not be seen; everything: whatever has been rolled.
  scope text not null check (scope in ('conversation', 'creation', 'label', 'tag', 'tagged', 'everything')),
  id bigint,
  title text,
  at timestamptz not null default clock_timestamp(),
  check ((scope in ('tag', 'tagged', 'everything')) = (account_id is null)),
  check ((scope = 'label') = (title is not null)),
  check ((scope in ('label', 'everything')) = (id is null))
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_threshold = -1);
create index dirty_scopes_account on tidemark.dirty_scopes (account_id);

create function tidemark.quarter(at timestamp) returns timestamptz language sql immutable parallel safe
return date_bin(interval '15 minutes', at, timestamp '2000-01-01') at time zone 'UTC';

-- The trigger functions run with their owner's rights, so that the writers need none on this schema, and with a fixed
-- search path, so that nobody can slip another table under them.

create function tidemark.mark_conversations() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  select distinct account_id, tidemark.quarter(created_at) from changed where created_at is not null;
  -- An inserted one, too: rows may have spoken of it before it was there (a restored conversation, tables copied in another
  -- order), and count for its team and labels from now on.
  insert into tidemark.dirty_scopes (account_id, scope, id) select account_id, 'conversation', id from changed;
  return null;
end $$;

create function tidemark.mark_moved_conversation() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  values (old.account_id, tidemark.quarter(old.created_at)), (new.account_id, tidemark.quarter(new.created_at));
  insert into tidemark.dirty_scopes (account_id, scope, id)
  select distinct account_id, 'conversation', id
  from (values (old.account_id, old.id), (new.account_id, new.id)) as moved (account_id, id);
  return null;
end $$;

create function tidemark.mark_messages() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  select distinct account_id, tidemark.quarter(created_at) from changed where message_type in (0, 1) or content_type = 9;
  return null;
end $$;

create function tidemark.mark_changed_row() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  select distinct account_id, tidemark.quarter(created_at)
  from (values (old.account_id, old.created_at), (new.account_id, new.created_at)) as changed (account_id, created_at);
  return new;
end $$;

create function tidemark.is_reported(name text) returns boolean language sql immutable parallel safe
return name in ('first_response', 'reply_time', 'conversation_resolved', 'conversation_bot_resolved', 'conversation_bot_handoff');

create function tidemark.mark_events() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  select distinct account_id, tidemark.quarter(created_at) from changed
  where account_id is not null and tidemark.is_reported(name);
  insert into tidemark.dirty_scopes (account_id, scope, id)
  select distinct account_id, 'creation', conversation_id from changed
  where account_id is not null and conversation_id is not null and tidemark.is_reported(name);
  return null;
end $$;

create function tidemark.mark_changed_event() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour)
  select distinct account_id, tidemark.quarter(created_at)
  from (values (old.account_id, old.created_at), (new.account_id, new.created_at)) as changed (account_id, created_at)
  where account_id is not null;
  insert into tidemark.dirty_scopes (account_id, scope, id)
  select distinct account_id, 'creation', conversation_id
  from (values (old.account_id, old.conversation_id), (new.account_id, new.conversation_id)) as changed (account_id, conversation_id)
  where account_id is not null and conversation_id is not null;
  return new;
end $$;

create function tidemark.mark_csat() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_hours (account_id, hour) select distinct account_id, tidemark.quarter(created_at) from changed;
  return null;
end $$;

-- A conversation that another transaction is inserting just now cannot be seen: it is looked up when both have committed.
create function tidemark.mark_taggings() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_scopes (account_id, scope, id)
  select distinct c.account_id, case when c.id is null then 'tagged' else 'conversation' end, g.taggable_id
  from changed g left join public.conversations c on c.id = g.taggable_id
  where g.taggable_type = 'Conversation';
  return null;
end $$;

create function tidemark.mark_changed_tagging() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_scopes (account_id, scope, id)
  select distinct c.account_id, case when c.id is null then 'tagged' else 'conversation' end, g.taggable_id
  from (values (old.taggable_type, old.taggable_id), (new.taggable_type, new.taggable_id)) as g (taggable_type, taggable_id)
  left join public.conversations c on c.id = g.taggable_id
  where g.taggable_type = 'Conversation';
  return null;
end $$;

create function tidemark.mark_label() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    insert into tidemark.dirty_scopes (account_id, scope, title)
    select old.account_id, 'label', old.title where old.account_id is not null and old.title is not null;
  end if;
  if tg_op <> 'DELETE' then
    insert into tidemark.dirty_scopes (account_id, scope, title)
    select new.account_id, 'label', new.title where new.account_id is not null and new.title is not null;
  end if;
  return null;
end $$;

create function tidemark.mark_tag() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_scopes (scope, id) values ('tag', case when tg_op = 'DELETE' then old.id else new.id end);
  return null;
end $$;

-- A truncation leaves no rows to look at: whatever has been rolled is out of date. What that is, is looked up late, too: the
-- truncating transaction may see an old moment.
create function tidemark.mark_everything() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tidemark.dirty_scopes (scope) values ('everything');
  return null;
end $$;

create trigger tidemark_inserted after insert on public.conversations
  referencing new table as changed for each statement execute function tidemark.mark_conversations();
create trigger tidemark_deleted after delete on public.conversations
  referencing old table as changed for each statement execute function tidemark.mark_conversations();
create trigger tidemark_updated after update of account_id, inbox_id, assignee_id, team_id, created_at on public.conversations
  for each row when ((old.account_id, old.inbox_id, old.assignee_id, old.team_id, old.created_at)
    is distinct from (new.account_id, new.inbox_id, new.assignee_id, new.team_id, new.created_at))
  execute function tidemark.mark_moved_conversation();
create trigger tidemark_truncated after truncate on public.conversations execute function tidemark.mark_everything();

create trigger tidemark_inserted after insert on public.messages
  referencing new table as changed for each statement execute function tidemark.mark_messages();
create trigger tidemark_deleted after delete on public.messages
  referencing old table as changed for each statement execute function tidemark.mark_messages();
-- Before, not after: an update that takes a row to another partition fires no trigger after it.
create trigger tidemark_updated
  before update of account_id, inbox_id, conversation_id, message_type, content_type, sender_type, sender_id, created_at on public.messages
  for each row when ((old.account_id, old.inbox_id, old.conversation_id, old.message_type, old.content_type, old.sender_type, old.sender_id, old.created_at)
    is distinct from (new.account_id, new.inbox_id, new.conversation_id, new.message_type, new.content_type, new.sender_type, new.sender_id, new.created_at))
  execute function tidemark.mark_changed_row();
create trigger tidemark_truncated after truncate on public.messages execute function tidemark.mark_everything();

create trigger tidemark_inserted after insert on public.reporting_events
  referencing new table as changed for each statement execute function tidemark.mark_events();
create trigger tidemark_deleted after delete on public.reporting_events
  referencing old table as changed for each statement execute function tidemark.mark_events();
create trigger tidemark_updated
  before update of name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at on public.reporting_events
  for each row when ((old.name, old.value, old.value_in_business_hours, old.account_id, old.inbox_id, old.user_id, old.conversation_id, old.created_at)
    is distinct from (new.name, new.value, new.value_in_business_hours, new.account_id, new.inbox_id, new.user_id, new.conversation_id, new.created_at))
  execute function tidemark.mark_changed_event();
create trigger tidemark_truncated after truncate on public.reporting_events execute function tidemark.mark_everything();

create trigger tidemark_inserted after insert on public.csat_survey_responses
  referencing new table as changed for each statement execute function tidemark.mark_csat();
create trigger tidemark_deleted after delete on public.csat_survey_responses
  referencing old table as changed for each statement execute function tidemark.mark_csat();
create trigger tidemark_updated after update of account_id, conversation_id, rating, assigned_agent_id, created_at on public.csat_survey_responses
  for each row when ((old.account_id, old.conversation_id, old.rating, old.assigned_agent_id, old.created_at)
    is distinct from (new.account_id, new.conversation_id, new.rating, new.assigned_agent_id, new.created_at))
  execute function tidemark.mark_changed_row();
create trigger tidemark_truncated after truncate on public.csat_survey_responses execute function tidemark.mark_everything();

create trigger tidemark_inserted after insert on public.taggings
  referencing new table as changed for each statement execute function tidemark.mark_taggings();
create trigger tidemark_deleted after delete on public.taggings
  referencing old table as changed for each statement execute function tidemark.mark_taggings();
create trigger tidemark_updated after update of tag_id, taggable_type, taggable_id, context on public.taggings
  for each row when ((old.tag_id, old.taggable_type, old.taggable_id, old.context)
    is distinct from (new.tag_id, new.taggable_type, new.taggable_id, new.context))
  execute function tidemark.mark_changed_tagging();
create trigger tidemark_truncated after truncate on public.taggings execute function tidemark.mark_everything();

create trigger tidemark_changed after insert or delete on public.labels for each row execute function tidemark.mark_label();
create trigger tidemark_updated after update of title, account_id on public.labels
  for each row when ((old.title, old.account_id) is distinct from (new.title, new.account_id))
  execute function tidemark.mark_label();
create trigger tidemark_truncated after truncate on public.labels execute function tidemark.mark_everything();

create trigger tidemark_changed after insert or delete on public.tags for each row execute function tidemark.mark_tag();
create trigger tidemark_updated after update of name on public.tags
  for each row when (old.name is distinct from new.name) execute function tidemark.mark_tag();
create trigger tidemark_truncated after truncate on public.tags execute function tidemark.mark_everything();

-- Accounts that are here already may have history without marks: nothing of them is covered. An account that appears
-- later has marks for all of its rows. Last, because making a trigger waits for those who are writing to its table: by
-- now whoever wrote without one has committed, and an account that was opened with it is seen.
insert into tidemark.accounts (account_id) select id from public.accounts;

-- Down Migration

drop function tidemark.mark_conversations, tidemark.mark_moved_conversation, tidemark.mark_messages, tidemark.mark_changed_row,
  tidemark.mark_events, tidemark.mark_changed_event, tidemark.mark_csat, tidemark.mark_taggings, tidemark.mark_changed_tagging,
  tidemark.mark_label, tidemark.mark_tag, tidemark.mark_everything cascade;
drop function tidemark.is_reported, tidemark.quarter;
drop table tidemark.dirty_scopes, tidemark.dirty_hours, tidemark.accounts;
