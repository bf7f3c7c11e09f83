-- Deliveries of account $1 that were being sent when their process ended, seen by a claim from before $2: whether they
-- arrived is not known. The first time that happens they are tried once more, with the same Message-ID.
update tidemark.deliveries
set state = 'uncertain', claimed_at = null, doubts = least(doubts + 1, 2), error = 'the process ended while it was sending',
  next_attempt_at = case when doubts = 0 then to_timestamp($3) end
where account_id = $1 and state = 'sending' and claimed_at < to_timestamp($2)
