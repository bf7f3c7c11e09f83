-- Handoffs are conversations that still exist, each once a period. A resolution by a bot counts unless its conversation is
-- NOT IN those handed off anywhere in the range, with what SQL makes of that for an event without a conversation.
-- Parameters as in conversations.sql.
with bot as materialized (
  select id, oracle.bucket(created_at, $5, $6, $7) as bucket, name, conversation_id
  from oracle.events_by_/*dimension*/
  where account_id = $1 and dimension = $2 and name in ('conversation_bot_resolved', 'conversation_bot_handoff')
    and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
)
select id, bucket,
  count(distinct conversation_id) filter (
    where name = 'conversation_bot_handoff' and exists (select from conversations c where c.account_id = $1 and c.id = conversation_id)
  ) as bot_handoffs_count,
  count(*) filter (
    where name = 'conversation_bot_resolved' and conversation_id not in (
      select handoff.conversation_id from bot handoff
      where handoff.id = bot.id and handoff.name = 'conversation_bot_handoff' and handoff.conversation_id is not null
    )
  ) as bot_resolutions_count
from bot
group by 1, 2
