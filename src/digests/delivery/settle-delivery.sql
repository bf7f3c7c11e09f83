-- Writes the outcome of an attempt on delivery $2 of account $1, unless the attempt ($3) has lost its lease meanwhile. The size
-- ($10) of an attempt that got as far as a mail stays known.
update tidemark.deliveries
set state = $4, error = $5, next_attempt_at = to_timestamp($6), finished_at = to_timestamp($7), claimed_at = null,
  attempts = $8, doubts = $9, size = coalesce($10, size), response = $11
where account_id = $1 and id = $2 and state = 'sending' and attempts = $3
