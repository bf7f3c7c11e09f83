-- For each of the addresses $3 (in lower case) of users $4 (null where only an address is known), in their order: whether it is
-- one of a user of account $1, and why its owner is sent none of digest $2 (null: he is).
with asked as (
  select t.address, t.user_id, t.place
  from unnest($3::text[], $4::bigint[]) with ordinality as t (address, user_id, place)
),
insiders as materialized (
  select u.id, lower(u.email) as email
  from account_users m
  join users u on u.id = m.user_id
  where m.account_id = $1
),
known as (
  select a.place, a.address, coalesce(a.user_id, i.id) as user_id
  from asked a
  left join insiders i on i.email = a.address
)
select k.place, bool_or(k.user_id is not null) as insider,
  -- His own wish is the stronger reason.
  max(s.reason) as suppressed
from known k
left join tidemark.suppressions s
  on s.account_id = $1 and s.digest_id in (0, $2) and (s.address = k.address or s.user_id = k.user_id)
group by k.place
order by k.place
