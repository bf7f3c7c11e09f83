-- Why: the rollup rows that reports are made from: one per account, dimension, bucket and id, a column per additive part
-- (measured against a row per part: a quarter of the size by day, and faster). Keyed so that one account's hours of one
-- dimension lie together in time order. Histograms stand beside them, so that counts and averages read lean rows.
-- Locks: none but on the new tables. Safe beside old code.

-- Up Migration

create table tidemark.rollup_hourly (
  account_id bigint not null,
  -- 0 account, 1 inbox, 2 agent, 3 team, 4 label.
  dimension smallint not null check (dimension between 0 and 4),
  -- The instant at which the bucket starts on the clock of accounts.rolled_zone.
  bucket timestamptz not null,
  -- The id of the inbox, agent, team or label; 0 for none; the account's own for the account.
  dimension_id bigint not null,
  conversations integer not null default 0,
  incoming_messages integer not null default 0,
  outgoing_messages integer not null default 0,
  surveys integer not null default 0,
  first_response_n integer not null default 0,
  first_response_value_n integer not null default 0,
  first_response_value_sum double precision not null default 0,
  first_response_business_n integer not null default 0,
  first_response_business_sum double precision not null default 0,
  reply_n integer not null default 0,
  reply_value_n integer not null default 0,
  reply_value_sum double precision not null default 0,
  reply_business_n integer not null default 0,
  reply_business_sum double precision not null default 0,
  resolution_n integer not null default 0,
  resolution_value_n integer not null default 0,
  resolution_value_sum double precision not null default 0,
  resolution_business_n integer not null default 0,
  resolution_business_sum double precision not null default 0,
  bot_resolutions integer not null default 0,
  bot_resolutions_detached integer not null default 0,
  bot_handoffs integer not null default 0,
  csat_1 integer not null default 0,
  csat_2 integer not null default 0,
  csat_3 integer not null default 0,
  csat_4 integer not null default 0,
  csat_5 integer not null default 0,
  tagged_conversations integer,
  tagged_resolutions integer,
  created_first_response_value_n integer,
  created_first_response_value_sum double precision,
  created_first_response_business_n integer,
  created_first_response_business_sum double precision,
  created_reply_value_n integer,
  created_reply_value_sum double precision,
  created_reply_business_n integer,
  created_reply_business_sum double precision,
  created_resolution_value_n integer,
  created_resolution_value_sum double precision,
  created_resolution_business_n integer,
  created_resolution_business_sum double precision,
  primary key (account_id, dimension, bucket, dimension_id)
);
comment on column tidemark.rollup_hourly.tagged_conversations is 'This and the columns after it: label rows only';
create table tidemark.rollup_daily (like tidemark.rollup_hourly including all);
create table tidemark.rollup_monthly (like tidemark.rollup_hourly including all);

-- How the times of a day's or month's events spread: per histogram the bins that occur, each as 1024 × its count + its number
-- (src/rollups/bins.ts has the edges). A short list may name a bin more than once, in any order. None by the hour: most
-- hours of an id have an event or two, which their raw rows tell as well, and keeping them took longer than everything
-- else of a roll together.
create table tidemark.histogram_daily (
  account_id bigint not null,
  dimension smallint not null check (dimension between 0 and 4),
  bucket timestamptz not null,
  dimension_id bigint not null,
  first_response_value bigint[],
  first_response_business bigint[],
  reply_value bigint[],
  reply_business bigint[],
  resolution_value bigint[],
  resolution_business bigint[],
  primary key (account_id, dimension, bucket, dimension_id)
);
create table tidemark.histogram_monthly (like tidemark.histogram_daily including all);

create function tidemark.count_bins(bins bigint[]) returns bigint[] language sql immutable strict parallel safe
return (
  select array_agg(1024 * n + bin order by bin)
  from (select value % 1024 as bin, sum(value / 1024)::bigint as n from unnest(bins) as value group by 1) as counted
);

-- The bot events, one row per dimension and id they count for, with the nearest handoffs of the same conversation for the
-- same id: counts without repeats are not additive, but the sum of the parts less the repeats is exact for any range.
-- Events that name no conversation have no row: nothing repeats them.
create table tidemark.bot_events (
  account_id bigint not null,
  dimension smallint not null check (dimension between 0 and 4),
  dimension_id bigint not null,
  handoff boolean not null,
  at timestamptz not null,
  event_id bigint not null,
  conversation_id bigint not null,
  -- The conversation's row was deleted: its handoffs count no more, but still rule its resolutions out.
  gone boolean not null,
  handoff_before timestamptz,
  handoff_after timestamptz,
  -- With the conversation: an event that moves to another one leaves its row with the old one until its mark is taken off the
  -- log, and a backfill of other hours may put it with the new one before.
  primary key (account_id, conversation_id, dimension, dimension_id, event_id)
);
create index bot_events_at on tidemark.bot_events (account_id, dimension, at);
create index bot_events_repeats on tidemark.bot_events (account_id, dimension, at)
  where gone or handoff_before is not null or handoff_after is not null;

-- Down Migration

drop function tidemark.count_bins;
drop table tidemark.bot_events, tidemark.histogram_monthly, tidemark.histogram_daily, tidemark.rollup_monthly, tidemark.rollup_daily, tidemark.rollup_hourly;
