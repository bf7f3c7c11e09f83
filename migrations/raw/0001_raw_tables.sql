-- Why: a standalone Tidemark has no Chatwoot beside it, so it makes the raw tables itself: the subset of Chatwoot's tables
-- that reports read, with the same names, columns, types and defaults, so that one code path reads both. Attached to a
-- Chatwoot database this migration never runs; where a table of these names exists it fails and changes nothing.
-- Lock cost: none on anything that exists; the tables are new and empty.
-- Every `timestamp` holds UTC. There are no foreign keys, as events and taggings may outlive their conversation.
-- Two things differ from Chatwoot's. Indexes start with account_id and are those that reports, rolls and the recorder use;
-- Chatwoot has none on (account_id, created_at) of conversations, events and surveys. The two tables that grow without
-- end, messages and reporting_events, are partitioned by UTC month, so their key is (id, created_at): retention drops a
-- month in 25 ms where deleting its rows takes 376.

-- Up Migration

create table accounts (
  id serial primary key,
  name varchar not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  locale integer default 0,
  domain varchar(100),
  support_email varchar(100),
  status integer default 0,
  settings jsonb default '{}'
);

create table users (
  id serial primary key,
  provider varchar default 'email' not null,
  uid varchar default '' not null,
  name varchar not null,
  display_name varchar,
  email varchar,
  created_at timestamp not null,
  updated_at timestamp not null,
  availability integer default 0,
  ui_settings jsonb default '{}',
  type varchar
);
create unique index index_users_on_uid_and_provider on users (uid, provider);
create index index_users_on_email on users (email);

create table account_users (
  id bigserial primary key,
  account_id bigint,
  user_id bigint,
  role integer default 0,
  created_at timestamp not null,
  updated_at timestamp not null,
  active_at timestamp,
  availability integer default 0 not null,
  auto_offline boolean default true not null,
  custom_role_id bigint
);
create unique index uniq_user_id_per_account_id on account_users (account_id, user_id);
create index index_account_users_on_user_id on account_users (user_id);

create table custom_roles (
  id bigserial primary key,
  name varchar,
  description varchar,
  account_id bigint not null,
  permissions text[] default '{}',
  created_at timestamp not null,
  updated_at timestamp not null
);
create index index_custom_roles_on_account_id on custom_roles (account_id);

create table access_tokens (
  id bigserial primary key,
  owner_type varchar,
  owner_id bigint,
  token varchar,
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_access_tokens_on_token on access_tokens (token);
create index index_access_tokens_on_owner_type_and_owner_id on access_tokens (owner_type, owner_id);

create table inboxes (
  id serial primary key,
  channel_id integer not null,
  account_id integer not null,
  name varchar not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  channel_type varchar,
  email_address varchar,
  working_hours_enabled boolean default false,
  timezone varchar default 'UTC',
  csat_survey_enabled boolean default false,
  csat_config jsonb default '{}' not null
);
create index index_inboxes_on_account_id on inboxes (account_id);

create table inbox_members (
  id serial primary key,
  user_id integer not null,
  inbox_id integer not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_inbox_members_on_inbox_id_and_user_id on inbox_members (inbox_id, user_id);

-- One row for each inbox and day of the week (0 Sunday); the hours are those of inboxes.timezone.
create table working_hours (
  id bigserial primary key,
  inbox_id bigint,
  account_id bigint,
  day_of_week integer not null,
  closed_all_day boolean default false,
  open_hour integer,
  open_minutes integer,
  close_hour integer,
  close_minutes integer,
  created_at timestamp not null,
  updated_at timestamp not null,
  open_all_day boolean default false
);
create index index_working_hours_on_account_id on working_hours (account_id);
create index index_working_hours_on_inbox_id on working_hours (inbox_id);

-- Of a channel, reports read only which kind it is (inboxes.channel_type) and the medium of Twilio's.
create table channel_api (
  id bigserial primary key,
  account_id integer not null,
  webhook_url varchar,
  created_at timestamp not null,
  updated_at timestamp not null,
  identifier varchar
);
create unique index index_channel_api_on_identifier on channel_api (identifier);

create table channel_email (
  id bigserial primary key,
  account_id integer not null,
  email varchar not null,
  forward_to_email varchar not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_channel_email_on_email on channel_email (email);
create unique index index_channel_email_on_forward_to_email on channel_email (forward_to_email);

create table channel_twilio_sms (
  id bigserial primary key,
  phone_number varchar,
  auth_token varchar not null,
  account_sid varchar not null,
  account_id integer not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  medium integer default 0
);
create unique index index_channel_twilio_sms_on_phone_number on channel_twilio_sms (phone_number);

create table channel_web_widgets (
  id serial primary key,
  website_url varchar,
  account_id integer,
  created_at timestamp not null,
  updated_at timestamp not null,
  website_token varchar
);
create unique index index_channel_web_widgets_on_website_token on channel_web_widgets (website_token);

create table channel_whatsapp (
  id bigserial primary key,
  account_id integer not null,
  phone_number varchar not null,
  provider varchar default 'default',
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_channel_whatsapp_on_phone_number on channel_whatsapp (phone_number);

create table teams (
  id bigserial primary key,
  name varchar not null,
  description text,
  account_id bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index index_teams_on_account_id on teams (account_id);
create unique index index_teams_on_name_and_account_id on teams (name, account_id);

create table team_members (
  id bigserial primary key,
  team_id bigint not null,
  user_id bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_team_members_on_team_id_and_user_id on team_members (team_id, user_id);
create index index_team_members_on_user_id on team_members (user_id);

create table labels (
  id bigserial primary key,
  title varchar,
  description text,
  color varchar default '#1f93ff' not null,
  show_on_sidebar boolean,
  account_id bigint,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index index_labels_on_account_id on labels (account_id);
create unique index index_labels_on_title_and_account_id on labels (title, account_id);

-- Tags are shared by all accounts; a tagging belongs to the account of its conversation.
create table tags (
  id serial primary key,
  name varchar,
  taggings_count integer default 0
);
create unique index index_tags_on_name on tags (name);

create table taggings (
  id serial primary key,
  tag_id integer,
  taggable_type varchar,
  taggable_id integer,
  tagger_type varchar,
  tagger_id integer,
  context varchar(128),
  created_at timestamp
);
create unique index taggings_idx on taggings (tag_id, taggable_id, taggable_type, context, tagger_id, tagger_type);
create index index_taggings_on_taggable_id_and_taggable_type_and_context on taggings (taggable_id, taggable_type, context);

create table contacts (
  id serial primary key,
  name varchar default '',
  email varchar,
  phone_number varchar,
  account_id integer not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  additional_attributes jsonb default '{}',
  identifier varchar,
  custom_attributes jsonb default '{}',
  last_activity_at timestamp
);
create index index_contacts_on_account_id on contacts (account_id);
create unique index uniq_email_per_account_contact on contacts (email, account_id);
create unique index uniq_identifier_per_account_contact on contacts (identifier, account_id);

create table conversations (
  id serial primary key,
  account_id integer not null,
  inbox_id integer not null,
  status integer default 0 not null,
  assignee_id integer,
  created_at timestamp not null,
  updated_at timestamp not null,
  contact_id bigint,
  display_id integer not null,
  additional_attributes jsonb default '{}',
  uuid uuid default gen_random_uuid() not null,
  identifier varchar,
  last_activity_at timestamp default current_timestamp not null,
  team_id bigint,
  snoozed_until timestamp,
  custom_attributes jsonb default '{}',
  first_reply_created_at timestamp,
  priority integer,
  waiting_since timestamp,
  cached_label_list text,
  assignee_agent_bot_id bigint
);
create unique index index_conversations_on_account_id_and_display_id on conversations (account_id, display_id);
create unique index index_conversations_on_uuid on conversations (uuid);
create index index_conversations_on_account_id_and_created_at on conversations (account_id, created_at);
create index conv_acid_inbid_stat_asgnid_idx on conversations (account_id, inbox_id, status, assignee_id);
create index index_conversations_on_account_id_and_assignee_id on conversations (account_id, assignee_id);
create index index_conversations_on_account_id_and_team_id on conversations (account_id, team_id);
create index index_conversations_on_account_id_and_status on conversations (account_id, status);
create index index_conversations_on_contact_id on conversations (contact_id);

create table messages (
  id serial,
  content text,
  account_id integer not null,
  inbox_id integer not null,
  conversation_id integer not null,
  message_type integer not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  private boolean default false not null,
  status integer default 0,
  source_id text,
  content_type integer default 0 not null,
  content_attributes json default '{}',
  sender_type varchar,
  sender_id bigint,
  additional_attributes jsonb default '{}',
  primary key (id, created_at)
) partition by range (created_at);
create table messages_default partition of messages default;
create index index_messages_on_account_id_and_created_at on messages (account_id, created_at);
create index index_messages_on_account_id_and_conversation_id on messages (account_id, conversation_id, created_at);
create index index_messages_surveys on messages (account_id, created_at) where content_type = 9;

create table reporting_events (
  id bigserial,
  name varchar,
  value double precision,
  account_id integer,
  inbox_id integer,
  user_id integer,
  conversation_id integer,
  created_at timestamp not null,
  updated_at timestamp not null,
  value_in_business_hours double precision,
  event_start_time timestamp,
  event_end_time timestamp,
  primary key (id, created_at)
) partition by range (created_at);
create table reporting_events_default partition of reporting_events default;
create index index_reporting_events_on_account_id_and_created_at on reporting_events (account_id, created_at);
create index reporting_events__account_id__name__created_at on reporting_events (account_id, name, created_at);
create index index_reporting_events_on_account_id_and_conversation_id
  on reporting_events (account_id, conversation_id, name, created_at);

create table csat_survey_responses (
  id bigserial primary key,
  account_id bigint not null,
  conversation_id bigint not null,
  message_id bigint not null,
  rating integer not null,
  feedback_message text,
  contact_id bigint not null,
  assigned_agent_id bigint,
  created_at timestamp not null,
  updated_at timestamp not null,
  csat_review_notes text,
  review_notes_updated_at timestamp,
  review_notes_updated_by_id bigint
);
create unique index index_csat_survey_responses_on_message_id on csat_survey_responses (message_id);
create index index_csat_survey_responses_on_account_id_and_created_at on csat_survey_responses (account_id, created_at);
create index index_csat_survey_responses_on_account_id_and_conversation_id
  on csat_survey_responses (account_id, conversation_id);

-- What makes an inbox one with a bot: an active agent bot, an enabled Dialogflow hook, or an assistant.
create table agent_bots (
  id bigserial primary key,
  name varchar,
  description varchar,
  outgoing_url varchar,
  created_at timestamp not null,
  updated_at timestamp not null,
  account_id bigint,
  bot_type integer default 0
);
create index index_agent_bots_on_account_id on agent_bots (account_id);

create table agent_bot_inboxes (
  id bigserial primary key,
  inbox_id integer,
  agent_bot_id integer,
  status integer default 0,
  created_at timestamp not null,
  updated_at timestamp not null,
  account_id integer
);
create index index_agent_bot_inboxes_on_account_id on agent_bot_inboxes (account_id);

create table integrations_hooks (
  id bigserial primary key,
  status integer default 1,
  inbox_id integer,
  account_id integer,
  app_id varchar,
  hook_type integer default 0,
  created_at timestamp not null,
  updated_at timestamp not null,
  settings jsonb default '{}'
);
create index index_integrations_hooks_on_account_id on integrations_hooks (account_id);

create table captain_assistants (
  id bigserial primary key,
  name varchar not null,
  account_id bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index index_captain_assistants_on_account_id on captain_assistants (account_id);

create table captain_inboxes (
  id bigserial primary key,
  captain_assistant_id bigint not null,
  inbox_id bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create unique index index_captain_inboxes_on_captain_assistant_id_and_inbox_id
  on captain_inboxes (captain_assistant_id, inbox_id);
create index index_captain_inboxes_on_inbox_id on captain_inboxes (inbox_id);

-- Makes the monthly partitions of messages and reporting_events that [since, until] lacks and returns how many. A month
-- whose rows are in the default partition already stays there, as moving them would lock their readers out. Callers
-- take turns, so two of them never race for one partition; each new one locks its table for milliseconds.
create function ensure_raw_months(since timestamp, until timestamp) returns integer language plpgsql as $$
declare
  parent text;
  month timestamp;
  made integer := 0;
  taken boolean;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_raw_months'));
  foreach parent in array array['messages', 'reporting_events'] loop
    for month in select generate_series(date_trunc('month', since), until, interval '1 month') loop
      continue when to_regclass(format('public.%I', parent || to_char(month, '_YYYY_MM'))) is not null;
      execute format('select exists (select from public.%I where created_at >= %L and created_at < %L)',
        parent || '_default', month, month + interval '1 month') into taken;
      continue when taken;
      execute format('create table public.%I partition of public.%I for values from (%L) to (%L)',
        parent || to_char(month, '_YYYY_MM'), parent, month, month + interval '1 month');
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;

-- Display ids count from 1 in each account, from a sequence of its own: no lock that writers of one account share, and none
-- of max() + 1's races. The names are Chatwoot's, so that scripts written for its tables load into these.
create function accounts_after_insert_row_tr() returns trigger language plpgsql as $$
begin
  execute format('create sequence if not exists public.conv_dpid_seq_%s', new.id);
  return null;
end
$$;
create trigger accounts_after_insert_row_tr after insert on accounts
  for each row execute function accounts_after_insert_row_tr();

-- A recorder that knows the display id (a webhook says it) gives it, and the sequence steps over it later.
create function conversations_before_insert_row_tr() returns trigger language plpgsql as $$
begin
  loop
    new.display_id := nextval(format('public.conv_dpid_seq_%s', new.account_id));
    exit when not exists (select from public.conversations where account_id = new.account_id and display_id = new.display_id);
  end loop;
  return new;
end
$$;
create trigger conversations_before_insert_row_tr before insert on conversations
  for each row when (new.display_id is null or new.display_id = 0)
  execute function conversations_before_insert_row_tr();

-- Down Migration
drop table captain_inboxes, captain_assistants, integrations_hooks, agent_bot_inboxes, agent_bots, csat_survey_responses,
  reporting_events, messages, conversations, contacts, taggings, tags, labels, team_members, teams, channel_whatsapp,
  channel_web_widgets, channel_twilio_sms, channel_email, channel_api, working_hours, inbox_members, inboxes, access_tokens,
  custom_roles, account_users, users;
do $$
declare
  account integer;
begin
  for account in select id from accounts loop
    execute format('drop sequence if exists public.conv_dpid_seq_%s', account);
  end loop;
end
$$;
drop table accounts;
drop function conversations_before_insert_row_tr, accounts_after_insert_row_tr, ensure_raw_months;
