-- Somebody ($6, null where no user is known) asks at $5 for the period from $3 to $4 of digest $2 of account $1: what was missed and
-- never composed is planned now, what is held is released. Nothing else changes.
update tidemark.digest_slots set
  planned_at = case when state = 'missed' then to_timestamp($5) else planned_at end,
  decision = case when state = 'held' then 'released' end,
  decided_by = case when state = 'held' then $6::bigint end,
  decided_at = case when state = 'held' then to_timestamp($5) end,
  state = 'planned', note = null, failures = 0, retry_at = null
where account_id = $1 and digest_id = $2 and period_start = $3 and period_end = $4 and editions = 0 and state in ('missed', 'held')
