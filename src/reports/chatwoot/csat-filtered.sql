-- The survey responses of account $1 that a filter lets through, with their conversation's display id (null when it is gone).
-- $2 and $3 the range (seconds) or null, $4 assigned agents or null, $5 and $6 the conversation's present inbox and team
-- or null, $7 rating or null.
select r.*, c.display_id
from csat_survey_responses r
left join conversations c on c.id = r.conversation_id and c.account_id = $1
where r.account_id = $1
  and ($2::float8 is null or r.created_at >= to_timestamp($2::float8) at time zone 'UTC')
  and ($3::float8 is null or r.created_at < to_timestamp($3::float8) at time zone 'UTC')
  and ($4::bigint[] is null or r.assigned_agent_id = any ($4::bigint[]))
  and ($5::bigint is null or c.inbox_id = $5::bigint)
  and ($6::bigint is null or c.team_id = $6::bigint)
  and ($7::bigint is null or r.rating = $7::bigint)
