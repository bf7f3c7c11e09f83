-- The deliveries of account $1, the newest first: of digest $2, in state $3, of slot $4, to address $5 and of id $6, where those
-- are not null; at most $7 after the first $8.
select d.id, d.kind, d.digest_id as "digestId", d.slot_id as "slotId", s.period_start as "firstDate", s.period_end as "lastDate",
  d.edition, d.copy, d.snapshot_id as "snapshotId", d.recipient, d.user_id as "userId", d.state, d.attempts, d.size, d.response,
  d.error, d.message_id as "messageId", d.requested_by as "requestedBy", d.resolution, d.resolved_by as "resolvedBy",
  extract(epoch from d.resolved_at)::float8 as "resolvedAt", extract(epoch from d.created_at)::float8 as "createdAt",
  extract(epoch from d.next_attempt_at)::float8 as "nextAttemptAt", extract(epoch from d.finished_at)::float8 as "finishedAt"
from tidemark.deliveries d
left join tidemark.digest_slots s on s.account_id = $1 and s.id = d.slot_id
where d.account_id = $1 and ($2::bigint is null or d.digest_id = $2) and ($3::text is null or d.state = $3)
  and ($4::bigint is null or d.slot_id = $4) and ($5::text is null or lower(d.recipient) = lower($5))
  and ($6::uuid is null or d.id = $6)
order by d.created_at desc, d.edition desc, d.copy desc, d.id
limit $7 offset $8
