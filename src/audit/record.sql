-- Adds an act to the audit log: account $1 (null: the installation), at $2 (Unix seconds), actor $3 with id $4, action $5 on
-- the subject of kind $6 with id $7, reason $8, before $9, after $10, request $11.
insert into tidemark.audit_log
  (account_id, at, actor_kind, actor_id, action, subject_kind, subject_id, reason, before, after, request_id)
values ($1, to_timestamp($2), $3, $4, $5, $6, $7, $8, $9, $10, $11)
