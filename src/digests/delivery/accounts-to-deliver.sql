-- Returns the accounts with mail to send at $1 or mail whose sender has been gone since $2, and those with a period that is through
-- and not marked as done: whoever settled the last of its mails was cut off before.
select account_id as id from tidemark.deliveries where next_attempt_at <= to_timestamp($1)
union
select account_id from tidemark.deliveries where state = 'sending' and claimed_at < to_timestamp($2)
union
select s.account_id
from tidemark.digest_slots s
where s.state = 'composed'
  and not exists (
    select from tidemark.deliveries d
    where d.account_id = s.account_id and d.slot_id = s.id and (d.next_attempt_at is not null or d.state = 'sending')
  )
order by id
