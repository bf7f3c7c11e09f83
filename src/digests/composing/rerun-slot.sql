-- Has slot $2 of account $1 composed anew, as user $3 decided at $4; no row when it is not in a state for it, or has $5 editions.
update tidemark.digest_slots
set state = 'planned', planned_at = to_timestamp($4), note = null, failures = 0, retry_at = null, decision = 'rerun', decided_by = $3,
  decided_at = to_timestamp($4)
where account_id = $1 and id = $2 and state in ('composed', 'done', 'skipped', 'missed') and editions < $5
returning editions
