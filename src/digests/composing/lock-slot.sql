-- Locks slot $2 of account $1 and returns it, unless it is composed already or somebody else is at it.
select id, account_id as "accountId", digest_id as "digestId", period_start as "firstDate", period_end as "lastDate", zone, state,
  editions, decision, decided_by as "decidedBy", extract(epoch from due_at)::float8 as due,
  extract(epoch from planned_at)::float8 as "plannedAt"
from tidemark.digest_slots
where account_id = $1 and id = $2 and state in ('planned', 'waiting_for_data', 'held')
for no key update skip locked
