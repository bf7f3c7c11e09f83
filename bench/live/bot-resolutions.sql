-- Resolutions by a bot of account $1 in [$2, $3) of conversations that were not handed off in it, by a group.
select /*group*/ null as "group", count(*) as count
from reporting_events
where account_id = $1 and name = 'conversation_bot_resolved' and created_at >= $2 and created_at < $3
  and conversation_id not in (
    select conversation_id
    from reporting_events
    where account_id = $1 and name = 'conversation_bot_handoff' and created_at >= $2 and created_at < $3
  )
group by 1
