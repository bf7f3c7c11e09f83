-- Settles delivery $2 of account $1 as $3 (delivered or not_delivered) at $5 by user $4, for the reason $6, if it is uncertain.
-- No row is touched while it is being sent: then its outcome is about to be known.
update tidemark.deliveries
set state = case $3 when 'delivered' then 'sent' else 'refused' end, error = case $3 when 'delivered' then null else $6 end,
  response = case $3 when 'delivered' then $6 end, next_attempt_at = null, finished_at = to_timestamp($5), resolution = $3,
  resolved_by = $4, resolved_at = to_timestamp($5)
where account_id = $1 and id = $2 and state = 'uncertain'
