-- Resolutions by a bot of account $1 in [$2, $3) (seconds) of conversations that nobody handed off in that range: id,
-- conversation_id, at, value. NOT IN, as one without a conversation counts only while there was no handoff at all.
-- /*…*/: see src/reports/counted-rows.ts.
with scoped as materialized (
  select e.id, e.name, e.conversation_id, e.created_at, /*time*/ as value
  from reporting_events e
  left join conversations c on c.id = e.conversation_id and c.account_id = $1
  where e.account_id = $1 and e.name in ('conversation_bot_resolved', 'conversation_bot_handoff')
    and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
    /*filter*/
)
select s.id::bigint as id, s.conversation_id::bigint as conversation_id, s.created_at as at, s.value
from scoped s
where s.name = 'conversation_bot_resolved'
  and s.conversation_id not in (
    select h.conversation_id from scoped h where h.name = 'conversation_bot_handoff' and h.conversation_id is not null
  )
