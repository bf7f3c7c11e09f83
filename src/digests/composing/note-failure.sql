-- Notes at $4 that composing slot $2 of account $1 failed with reason $3: it is tried again after 1, 2, 4… minutes, at most an
-- hour. More than $5 seconds after it was due, planned or decided about it is missed instead; one that is held stays so. Returns its state.
update tidemark.digest_slots
set failures = failures + 1, note = $3,
  retry_at = to_timestamp($4) + make_interval(secs => least(3600, 60 * 2 ^ least(failures, 6))),
  state = case
    when state <> 'held' and greatest(due_at, planned_at, decided_at) < to_timestamp($4) - make_interval(secs => $5) then 'missed'
    else state
  end
where account_id = $1 and id = $2 and state in ('planned', 'waiting_for_data', 'held')
returning state
