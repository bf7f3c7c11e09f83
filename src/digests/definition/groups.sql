-- The recipient groups of account $1 by name, at most $3, with their recipients and the digests that they are used by; with $2
-- only the one with this id.
select g.id, g.name, coalesce(r.recipients, '[]') as recipients, coalesce(u.digests, '[]') as "usedBy"
from tidemark.recipient_groups g
left join lateral (
  select jsonb_agg(
    case when user_id is null then jsonb_build_object('address', address, 'lens', lens)
      else jsonb_build_object('userId', user_id, 'lens', lens) end
    order by id
  ) as recipients
  from tidemark.recipients
  where account_id = $1 and group_id = g.id
) r on true
left join lateral (
  select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.id) as digests
  from tidemark.digest_groups dg
  join tidemark.digests d on d.account_id = $1 and d.id = dg.digest_id
  where dg.account_id = $1 and dg.group_id = g.id
) u on true
where g.account_id = $1 and ($2::bigint is null or g.id = $2)
order by g.name, g.id
limit $3
