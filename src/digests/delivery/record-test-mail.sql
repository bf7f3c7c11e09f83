-- Records a test mail of digest $3 of account $1 with the id $2, about the dates $4 to $5, to address $6, asked for by user $7 at
-- $8, unless there were $10 since $9 already. Returns how many there were, and the first of them.
with recent as (
  select count(*) as before, extract(epoch from min(at))::float8 as oldest
  from tidemark.test_mails
  where account_id = $1 and digest_id = $3 and at > to_timestamp($9)
),
recorded as (
  insert into tidemark.test_mails (account_id, id, digest_id, period_start, period_end, recipient, state, requested_by, at)
  select $1, $2, $3, $4::date, $5::date, $6, 'sending', $7::bigint, to_timestamp($8)
  from recent
  where before < $10
)
select before, oldest from recent
