-- Survey responses of account $1 in [$2, $3) by agent and rating.
select assigned_agent_id, rating, count(*) as count
from csat_survey_responses
where account_id = $1 and created_at >= $2 and created_at < $3
group by 1, 2
