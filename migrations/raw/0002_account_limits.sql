-- Why: whether an assistant makes an inbox one with a bot depends on the responses that the account has left, which
-- Chatwoot keeps in these two columns of accounts. Names, types and defaults are Chatwoot's.
-- Lock cost: adding columns with a constant default rewrites nothing; accounts is locked for milliseconds.

-- Up Migration

alter table accounts
  add column if not exists limits jsonb default '{}',
  add column if not exists custom_attributes jsonb default '{}';

-- Down Migration
alter table accounts drop column if exists custom_attributes, drop column if exists limits;
