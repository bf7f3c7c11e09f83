-- Makes the recipients of digest $2 (or of group $3) of account $1 exactly these: $4 user ids, $5 addresses (one of each pair
-- is null), $6 lenses. Who was there before stays as he was added; the others are added by user $7 at $8.
with wanted as (
  select user_id, address, lens, coalesce('user ' || user_id, lower(address)) as key
  from unnest($4::bigint[], $5::text[], $6::jsonb[]) as t (user_id, address, lens)
),
known as (
  select id, coalesce('user ' || user_id, lower(address)) as key
  from tidemark.recipients
  where account_id = $1 and digest_id is not distinct from $2::bigint and group_id is not distinct from $3::bigint
),
gone as (
  delete from tidemark.recipients r
  using known k
  where r.account_id = $1 and r.id = k.id and not exists (select from wanted w where w.key = k.key)
),
kept as (
  update tidemark.recipients r
  set lens = w.lens
  from known k
  join wanted w on w.key = k.key
  where r.account_id = $1 and r.id = k.id and r.lens <> w.lens
)
insert into tidemark.recipients (account_id, digest_id, group_id, user_id, address, lens, added_by, added_at)
select $1, $2, $3, w.user_id, w.address, w.lens, $7, to_timestamp($8)
from wanted w
where not exists (select from known k where k.key = w.key)
