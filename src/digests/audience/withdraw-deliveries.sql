-- Takes back, at $6, what is queued of digest $2 (0: of any) of account $1 for addresses $3 (in lower case) or users $4: it becomes
-- $5 with reason $7, and is not tried again where it is not known whether it arrived. Notices to those who keep a digest stay.
update tidemark.deliveries
set state = case when state = 'queued' then $5 else state end,
  error = case when state = 'queued' then $7 else error end,
  finished_at = case when state = 'queued' then to_timestamp($6) end,
  next_attempt_at = null
where account_id = $1 and ($2 = 0 or digest_id = $2) and next_attempt_at is not null
  and (lower(recipient) = any ($3) or user_id = any ($4))
  and (kind = 'digest' or notice @> '{"toSubscriber": true}')
