-- Deliveries of account $1 that were being sent when their process ended, seen by a claim from before $2. Where the server had
-- not asked for the message, nothing was sent and it waits at $3 as before, unless that was its attempt number $4: what ends
-- processes must not do so for ever. Where it had, whether it arrived is not known: the first time that happens it is tried
-- once more, with the same Message-ID.
update tidemark.deliveries
set claimed_at = null, error = 'the process ended while it was sending',
  doubts = case when begun_at is null then doubts else least(doubts + 1, 2) end,
  state = case
    when begun_at is not null or doubts > 0 then 'uncertain'
    when attempts < $4 then 'queued'
    else 'refused'
  end,
  next_attempt_at = case when begun_at is null and attempts < $4 or begun_at is not null and doubts = 0 then to_timestamp($3) end,
  finished_at = case when begun_at is null and doubts = 0 and attempts >= $4 then to_timestamp($3) end
where account_id = $1 and state = 'sending' and claimed_at < to_timestamp($2)
