-- Queues the deliveries of edition $4 of slot $3 (digest $2, account $1), due at $6: ids $7 of snapshots $8 to addresses $9 of
-- users $10 (null where only an address is known) with Message-IDs $11; asked for by user $5, if by anybody. Their states are $12,
-- and those of which $13 gives a reason are not sent: they have no snapshot. They were put on the list by $14 at $15. Who has one of this edition already keeps it.
insert into tidemark.deliveries (
  account_id, digest_id, slot_id, edition, requested_by, id, snapshot_id, recipient, user_id, message_id, state, error, added_by, added_at,
  next_attempt_at, finished_at, created_at
)
select $1, $2, $3, $4, $5, id, snapshot_id, recipient, user_id, message_id, state, reason, added_by, to_timestamp(added_at),
  case when reason is null then to_timestamp($6) end, case when reason is not null then to_timestamp($6) end, to_timestamp($6)
from unnest($7::uuid[], $8::bigint[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::text[],
  $14::text[], $15::float8[]) as t (id, snapshot_id, recipient, user_id, message_id, state, reason, added_by, added_at)
on conflict do nothing
