-- The events of account $1 behind one bucket of a series: id, conversation_id, at. $4 dimension, $5 one id of it or null,
-- $6 and $7 the interval, $8 the event's name, $9 and $10 the whole range, all of it in seconds.
-- Of handoffs the last one of each conversation. Of resolutions by a bot those whose conversation was not handed off
-- anywhere in the range; NOT IN, as one without a conversation counts only while nobody was.
with scoped as (
  select e.id, e.name, e.conversation_id, e.created_at as at
  from reporting_events e
  where e.account_id = $1
    and (
      (e.name = $8::text and e.created_at >= to_timestamp($6::float8) at time zone 'UTC'
        and e.created_at < to_timestamp($7::float8) at time zone 'UTC')
      or ($8::text = 'conversation_bot_resolved' and e.name = 'conversation_bot_handoff'
        and e.created_at >= to_timestamp($9::float8) at time zone 'UTC'
        and e.created_at < to_timestamp($10::float8) at time zone 'UTC')
    )
    and case $4::int
      when 0 then true
      when 1 then e.inbox_id = $5::bigint
      when 2 then e.user_id = $5
      when 3 then exists (
        select from conversations c where c.id = e.conversation_id and c.account_id = $1 and c.team_id = $5
      )
      else exists (
        select from conversations c
        join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation'
        join tags t on t.id = g.tag_id
        join labels l on l.account_id = $1 and l.id = $5 and lower(l.title) = lower(t.name)
        where c.id = e.conversation_id and c.account_id = $1
      )
    end
)
select e.id, e.conversation_id, e.at
from scoped e
where e.name = $8::text
  and case $8::text
    when 'conversation_bot_resolved' then e.conversation_id not in (
      select h.conversation_id from scoped h where h.name = 'conversation_bot_handoff' and h.conversation_id is not null
    )
    when 'conversation_bot_handoff' then e.id in (
      select max(h.id) from scoped h where h.conversation_id is not null group by h.conversation_id
    )
    else true
  end
