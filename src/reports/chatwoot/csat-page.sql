-- A page of the responses found by csat-filtered.sql, whose parameters come first: $8 'asc' or 'desc' by creation, else by
-- id; $9 how many, $10 after which. With the person who answered and the agent asked about, as Chatwoot shows them.
with page as (
  select r.*,
    row_number() over (
      order by case when $8::text = 'asc' then r.created_at end, case when $8::text = 'desc' then r.created_at end desc,
        case when $8::text = 'desc' then -r.id else r.id end
    ) as place
  from (/*found*/) as r
  order by place
  limit $9 offset $10
)
select p.id, p.rating, p.feedback_message, p.csat_review_notes, extract(epoch from p.review_notes_updated_at)::float8 as review_notes_updated_at,
  p.review_notes_updated_by_id as reviewer_id, reviewer.name as reviewer_name, p.message_id, p.display_id,
  extract(epoch from p.created_at)::float8 as created_at,
  t.id as contact_id, t.additional_attributes, t.email as contact_email, t.name as contact_name, t.phone_number, t.blocked,
  t.identifier, t.custom_attributes as contact_attributes, extract(epoch from t.last_activity_at)::float8 as last_activity_at,
  extract(epoch from t.created_at)::float8 as contact_created_at,
  u.id as agent_id, u.email as agent_email, u.provider, coalesce(nullif(u.display_name, ''), u.name) as available_name,
  u.name as agent_name, u.custom_attributes as agent_attributes, m.role, m.auto_offline, m.custom_role_id,
  case when m.auto_offline then 'offline' else (array['online', 'offline', 'busy'])[m.availability + 1] end as availability
from page p
left join contacts t on t.id = p.contact_id and t.account_id = $1
left join users u on u.id = p.assigned_agent_id
left join account_users m on m.account_id = $1 and m.user_id = u.id
left join users reviewer on reviewer.id = p.review_notes_updated_by_id
order by p.place
