-- The recipients whom slot $2 of account $1 did not reach in its newest edition, with what became of the last mail to each; at
-- most $3.
select f.recipient, f.state, f.error
from (
  select distinct on (lower(d.recipient)) d.recipient, d.state, d.error,
    bool_or(d.state in ('sent', 'written')) over (partition by lower(d.recipient)) as reached
  from tidemark.deliveries d
  join tidemark.digest_slots s on s.account_id = $1 and s.id = d.slot_id and s.editions = d.edition
  where d.account_id = $1 and d.slot_id = $2
  order by lower(d.recipient), d.copy desc
) f
where f.state in ('refused', 'uncertain') and not f.reached
order by lower(f.recipient)
limit $3
