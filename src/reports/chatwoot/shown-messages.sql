-- Messages $2 of account $1 as lists show them, with the name of whoever wrote them.
select m.id, m.conversation_id, m.content, m.message_type, floor(extract(epoch from m.created_at))::float8 as created_at,
  case m.sender_type when 'User' then u.name when 'Contact' then t.name when 'AgentBot' then b.name
    when 'Captain::Assistant' then p.name end as sender_name
from messages m
left join users u on m.sender_type = 'User' and u.id = m.sender_id
left join contacts t on m.sender_type = 'Contact' and t.id = m.sender_id and t.account_id = $1
-- Bots without an account are the installation's.
left join agent_bots b on m.sender_type = 'AgentBot' and b.id = m.sender_id and (b.account_id = $1 or b.account_id is null)
left join captain_assistants p on m.sender_type = 'Captain::Assistant' and p.id = m.sender_id and p.account_id = $1
where m.account_id = $1 and m.id = any ($2::bigint[])
