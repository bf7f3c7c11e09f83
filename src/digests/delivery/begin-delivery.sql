-- Notes at $4 that the server has asked for the message of delivery $2 of account $1: from here on it may have arrived. No row
-- where the attempt ($3) has lost its lease meanwhile: then nothing may be sent any more.
update tidemark.deliveries
set begun_at = to_timestamp($4)
where account_id = $1 and id = $2 and state = 'sending' and attempts = $3
returning id
