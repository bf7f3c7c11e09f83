-- The first conversation in [$2, $3) (seconds) of each contact of account $1 that began one: id, conversation_id, at, value.
-- /*…*/: see src/reports/counted-rows.ts.
select distinct on (c.contact_id) c.id::bigint as id, c.id::bigint as conversation_id, c.created_at as at, null::float8 as value
from conversations c
where c.account_id = $1 and c.contact_id is not null
  and c.created_at >= to_timestamp($2::float8) at time zone 'UTC' and c.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
order by c.contact_id, c.created_at, c.id
