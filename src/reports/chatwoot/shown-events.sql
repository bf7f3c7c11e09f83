-- Events $2 of account $1 with what is shown of them, in the order given. `message_id`: the reply that a response time was
-- written for is guessed, as events do not name it: the newest one within a second of the event's end, and for a first
-- response by its user. `conversation_id` is null when the conversation is gone.
select e.name, c.id::float8 as conversation_id, e.value, e.value_in_business_hours as business_value,
  floor(extract(epoch from coalesce(e.event_end_time, e.created_at)))::float8 as occurred_at, reply.id::float8 as message_id
from unnest($2::bigint[]) with ordinality as shown (id, place)
join reporting_events e on e.id = shown.id and e.account_id = $1
left join conversations c on c.id = e.conversation_id and c.account_id = $1
left join lateral (
  select m.id from messages m
  where m.account_id = $1 and m.conversation_id = c.id and m.message_type in (1, 3)
    and m.created_at between e.event_end_time - interval '1 second' and e.event_end_time + interval '1 second'
    and (e.name <> 'first_response' or e.user_id is null or (m.sender_type = 'User' and m.sender_id = e.user_id))
  order by m.created_at desc, m.id desc
  limit 1
) as reply on e.name in ('first_response', 'reply_time')
order by shown.place
