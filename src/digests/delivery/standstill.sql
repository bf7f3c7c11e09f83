-- The digests of account $1 whose mail has been waiting since before $2 without any attempt: the period that waits longest, how many mails of the
-- digest wait, and since when.
select d.digest_id as "digestId", g.name, g.language, g.zone, w.slot_id as "slotId", s.period_start as "firstDate",
  s.period_end as "lastDate", count(*) as waiting, extract(epoch from min(d.created_at))::float8 as since
from tidemark.deliveries d
join tidemark.digests g on g.account_id = $1 and g.id = d.digest_id
cross join lateral (
  select slot_id
  from tidemark.deliveries
  where account_id = $1 and digest_id = d.digest_id and kind = 'digest' and next_attempt_at is not null and attempts = 0
  order by created_at, slot_id
  limit 1
) w
join tidemark.digest_slots s on s.account_id = $1 and s.id = w.slot_id
where d.account_id = $1 and d.kind = 'digest' and d.next_attempt_at is not null and d.attempts = 0
group by d.digest_id, g.name, g.language, g.zone, w.slot_id, s.period_start, s.period_end
having min(d.created_at) < to_timestamp($2)
order by d.digest_id
