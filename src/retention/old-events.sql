-- The reporting events e of account $1 from before $2 (seconds) that go: but for those that say how a conversation that stays ($3:
-- those that go) stood, as later changes of its status are counted by them. All of a conversation that began later stay.
e.account_id = $1 and e.created_at < to_timestamp($2::float8) at time zone 'UTC'
  and not exists (
    select from conversations c
    where c.account_id = $1 and c.id = e.conversation_id and not c.id = any ($3::int[])
      and (e.name in ('conversation_resolved', 'conversation_opened', 'reply_time')
        or c.created_at >= to_timestamp($2) at time zone 'UTC')
  )
