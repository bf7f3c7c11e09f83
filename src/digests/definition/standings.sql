-- How the digests $2 of account $1 stand: owner, how many people they go to, the last slot that anything came of, with its
-- deliveries, and the periods ending on $3 or later that have a slot already (first/last date).
select d.id,
  case when d.owner_id is not null
    then jsonb_build_object('id', d.owner_id, 'name', o.name, 'member', o.id is not null) end as owner,
  a.recipients, a.unreachable,
  s.period_start as "firstDate", s.period_end as "lastDate", s.state, s.note, s.failures, extract(epoch from s.due_at)::float8 as due,
  coalesce(extract(epoch from l.finished_at), extract(epoch from s.planned_at))::float8 as at,
  coalesce(l.deliveries, '{}') as deliveries,
  coalesce(p.planned, '{}') as planned
from tidemark.digests d
left join account_users om on om.account_id = $1 and om.user_id = d.owner_id
left join users o on o.id = om.user_id
left join lateral (
  select count(distinct lower(coalesce(r.address, u.email))) as recipients,
    count(distinct r.user_id) filter (where u.email is null) as unreachable
  from (
    select user_id, address from tidemark.recipients where account_id = $1 and digest_id = d.id
    union all
    select r.user_id, r.address
    from tidemark.digest_groups g
    join tidemark.recipients r on r.account_id = $1 and r.group_id = g.group_id
    where g.account_id = $1 and g.digest_id = d.id
  ) r
  left join account_users m on m.account_id = $1 and m.user_id = r.user_id
  left join users u on u.id = m.user_id
) a on true
left join lateral (
  select * from tidemark.digest_slots
  where account_id = $1 and digest_id = d.id and (state <> 'planned' or failures > 0)
  order by due_at desc, id desc
  limit 1
) s on true
left join lateral (
  select jsonb_object_agg(state, n) as deliveries, max(finished_at) as finished_at
  from (
    select state, count(*) as n, max(finished_at) as finished_at
    from (
      select distinct on (recipient) state, finished_at
      from tidemark.deliveries
      where account_id = $1 and slot_id = s.id and kind = 'digest' and edition = s.editions
      order by recipient, copy desc
    ) latest
    group by state
  ) by_state
) l on true
left join lateral (
  select array_agg(period_start || '/' || period_end) as planned
  from tidemark.digest_slots
  where account_id = $1 and digest_id = d.id and period_end >= $3::date
) p on true
where d.account_id = $1 and d.id = any ($2)
