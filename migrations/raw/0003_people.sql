-- Why: survey responses are shown with the person who gave them and the agent who was asked about, in Chatwoot's fields; two
-- of these the first raw tables lack. Attached to a Chatwoot database this never runs.
-- Lock cost: a moment of ACCESS EXCLUSIVE on each table; constant defaults rewrite nothing.

-- Up Migration

alter table contacts add column blocked boolean default false not null;
alter table users add column custom_attributes jsonb default '{}';

-- Down Migration

alter table users drop column custom_attributes;
alter table contacts drop column blocked;
