-- One row: how many digests account $1 has (`total`), and the ids of a page of $3 after the first $4, by name. With $2 only
-- those whose name, owner or recipient, alone or in a group, contains it.
with found as (
  select d.id, lower(d.name) as name
  from tidemark.digests d
  where d.account_id = $1
    and (
      $2 = ''
      or position(lower($2) in lower(d.name)) > 0
      or exists (
        select from account_users m
        join users u on u.id = m.user_id
        where m.account_id = $1 and m.user_id = d.owner_id
          and (position(lower($2) in lower(u.name)) > 0 or position(lower($2) in lower(u.email)) > 0)
      )
      or exists (
        select from tidemark.recipients r
        left join account_users m on m.account_id = $1 and m.user_id = r.user_id
        left join users u on u.id = m.user_id
        where r.account_id = $1
          and (r.digest_id = d.id or r.group_id in (select group_id from tidemark.digest_groups where account_id = $1 and digest_id = d.id))
          and (
            position(lower($2) in lower(r.address)) > 0
            or position(lower($2) in lower(u.email)) > 0
            or position(lower($2) in lower(u.name)) > 0
          )
      )
    )
)
select (select count(*) from found) as total, array(select id from found order by name, id limit $3 offset $4) as ids
