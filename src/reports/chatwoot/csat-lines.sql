-- The lines of a file of the responses found by csat-filtered.sql, whose parameters come first, by id; at most $8.
select u.name as agent_name, u.email as agent_email, r.rating, r.feedback_message, t.name as contact_name, t.email as contact_email,
  t.phone_number, r.display_id, to_char(r.created_at, 'YYYY-MM-DD HH24:MI:SS "UTC"') as recorded, r.csat_review_notes
from (/*found*/) as r
left join contacts t on t.id = r.contact_id and t.account_id = $1
left join users u on u.id = r.assigned_agent_id
order by r.id
limit $8
