-- Claims the delivery of account $1 that has waited longest and may be tried at $2 (of digest $4, unless that is null), and
-- returns it; no row when there is none. Locks that one row; rows that somebody else is claiming are skipped, not waited for.
update tidemark.deliveries d
set state = 'sending', attempts = attempts + 1, claimed_at = to_timestamp($3), next_attempt_at = null, begun_at = null
where d.account_id = $1
  and d.id = (
    select id from tidemark.deliveries
    where account_id = $1 and next_attempt_at <= to_timestamp($2) and ($4::bigint is null or digest_id = $4)
    order by next_attempt_at, id
    limit 1
    for update skip locked
  )
returning d.account_id as "accountId", d.id, d.kind, d.digest_id as "digestId", d.snapshot_id as "snapshotId", d.notice,
  d.recipient, d.user_id as "userId", d.attempts, d.doubts, d.message_id as "messageId",
  extract(epoch from d.created_at)::float8 as "createdAt"
