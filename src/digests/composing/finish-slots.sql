-- Marks the composed slots of account $1 as done in which nothing is left to be delivered, and returns them.
update tidemark.digest_slots s
set state = 'done'
where s.account_id = $1 and s.state = 'composed'
  and not exists (
    select from tidemark.deliveries d
    where d.account_id = $1 and d.slot_id = s.id and (d.next_attempt_at is not null or d.state = 'sending')
  )
returning s.id, s.digest_id as "digestId", extract(epoch from s.due_at)::float8 as due
