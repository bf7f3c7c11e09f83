-- The slots of digest $2 of account $1 in state $3 (in any where that is null), the newest period first: at most $4 after the
-- first $5, each with how many deliveries it has in each state. With $6 only the slot of this id.
select s.id, s.digest_id as "digestId", s.period_start as "firstDate", s.period_end as "lastDate", s.zone, s.state, s.note,
  s.editions, s.failures, s.decision, s.decided_by as "decidedBy", extract(epoch from s.decided_at)::float8 as "decidedAt",
  extract(epoch from s.due_at)::float8 as "dueAt", extract(epoch from s.planned_at)::float8 as "plannedAt",
  coalesce(d.counts, '{}') as deliveries
from tidemark.digest_slots s
left join lateral (
  select jsonb_object_agg(state, n) as counts
  from (
    select state, count(*) as n from tidemark.deliveries where account_id = $1 and slot_id = s.id and kind = 'digest' group by state
  ) c
) d on true
where s.account_id = $1 and s.digest_id = $2 and ($3::text is null or s.state = $3) and ($6::bigint is null or s.id = $6)
order by s.period_end desc, s.id desc
limit $4 offset $5
