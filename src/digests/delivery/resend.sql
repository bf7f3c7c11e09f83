-- Queues copy $3 of delivery $2 of account $1 as delivery $4 with Message-ID $5, due at $6, asked for by user $7.
insert into tidemark.deliveries (
  account_id, digest_id, slot_id, edition, copy, snapshot_id, id, recipient, user_id, message_id, added_by, added_at, requested_by,
  next_attempt_at, created_at
)
select account_id, digest_id, slot_id, edition, $3, snapshot_id, $4, recipient, user_id, $5, added_by, added_at, $7, to_timestamp($6),
  to_timestamp($6)
from tidemark.deliveries
where account_id = $1 and id = $2
