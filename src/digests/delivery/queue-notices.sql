-- Queues notice $4 about digest $2 (null: about a backfill) of account $1 to addresses $6 of users $7 (null where only an address is known) as deliveries
-- $5 with Message-IDs $8, due at $9. Who has one by this key ($3) already gets no other.
insert into tidemark.deliveries (
  account_id, digest_id, kind, notice_key, notice, id, recipient, user_id, message_id, next_attempt_at, created_at
)
select $1, $2, 'notice', $3, $4::jsonb, id, recipient, user_id, message_id, to_timestamp($9), to_timestamp($9)
from unnest($5::uuid[], $6::text[], $7::bigint[], $8::text[]) as t (id, recipient, user_id, message_id)
on conflict do nothing
