-- Marks the composed slots of account $1 as done in which nothing is left to be delivered.
update tidemark.digest_slots s
set state = 'done'
where s.account_id = $1 and s.state = 'composed'
  and not exists (
    select from tidemark.deliveries d
    join tidemark.snapshots n on n.account_id = d.account_id and n.id = d.snapshot_id
    where d.account_id = $1 and n.account_id = $1 and n.digest_id = s.digest_id and n.period_start = s.period_start
      and (d.next_attempt_at is not null or d.state = 'sending')
  )
