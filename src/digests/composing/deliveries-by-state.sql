-- How many people have which state in the newest edition of slot $2 of account $1: of what was sent again the last copy counts.
select state, count(*) as n
from (
  select distinct on (d.recipient) d.state
  from tidemark.deliveries d
  join tidemark.digest_slots s on s.account_id = $1 and s.id = d.slot_id
  where d.account_id = $1 and d.slot_id = $2 and d.kind = 'digest' and d.edition = s.editions
  order by d.recipient, d.copy desc
) latest
group by state
order by state
