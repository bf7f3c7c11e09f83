-- Every list of account $1 that addresses $2 (in lower case) or users $3 are on: digests first, then groups with the digests that
-- these reach.
with members as materialized (
  select u.id, u.name
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
)
select d.id as "digestId", g.id as "groupId", coalesce(d.name, g.name) as name, r.address, r.user_id as "userId", r.lens,
  r.added_by as "addedBy", b.name as "addedByName", extract(epoch from r.added_at)::float8 as "addedAt",
  coalesce(
    (
      select jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.id)
      from tidemark.digest_groups dg
      join tidemark.digests u on u.account_id = $1 and u.id = dg.digest_id
      where dg.account_id = $1 and dg.group_id = r.group_id
    ),
    '[]'
  ) as reaches
from tidemark.recipients r
left join tidemark.digests d on d.account_id = $1 and d.id = r.digest_id
left join tidemark.recipient_groups g on g.account_id = $1 and g.id = r.group_id
left join members b on b.id = r.added_by
where r.account_id = $1 and (lower(r.address) = any ($2) or r.user_id = any ($3))
order by d.id nulls last, g.id, r.id
