-- Queues deliveries $6 of snapshot $5 (slot $3, edition $4, digest $2, account $1) to addresses $7 of users $8 (null where only an
-- address is known) with Message-IDs $9, due at $10. Who has one of this edition already keeps it.
insert into tidemark.deliveries (
  account_id, digest_id, slot_id, edition, snapshot_id, id, recipient, user_id, message_id, next_attempt_at, created_at
)
select $1, $2, $3, $4, $5, id, recipient, user_id, message_id, to_timestamp($10), to_timestamp($10)
from unnest($6::uuid[], $7::text[], $8::bigint[], $9::text[]) as t (id, recipient, user_id, message_id)
on conflict do nothing
