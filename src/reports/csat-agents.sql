-- Parts of satisfaction by agent (0: none) in account $1 and the range $2, $3 (seconds): answers by the agent they are about,
-- surveys by the conversation's present assignee. $4 one agent, $5 one inbox, $6 one team, or null. A row per agent.
with facts as (
  select coalesce(r.assigned_agent_id, 0) as id, r.rating, null::int as survey, c.inbox_id, c.team_id
  from csat_survey_responses r
  left join conversations c on c.id = r.conversation_id and c.account_id = $1
  where r.account_id = $1
    and r.created_at >= to_timestamp($2::float8) at time zone 'UTC' and r.created_at < to_timestamp($3::float8) at time zone 'UTC'
  union all
  select coalesce(c.assignee_id, 0), null, 1, m.inbox_id, c.team_id
  from messages m
  left join conversations c on c.id = m.conversation_id and c.account_id = $1
  where m.account_id = $1 and m.content_type = 9
    and m.created_at >= to_timestamp($2::float8) at time zone 'UTC' and m.created_at < to_timestamp($3::float8) at time zone 'UTC'
)
select id, count(survey)::int as surveys,
  count(*) filter (where rating = 1)::int as csat_1, count(*) filter (where rating = 2)::int as csat_2,
  count(*) filter (where rating = 3)::int as csat_3, count(*) filter (where rating = 4)::int as csat_4,
  count(*) filter (where rating = 5)::int as csat_5
from facts
where ($4::bigint is null or id = $4::bigint) and ($5::bigint is null or inbox_id = $5::bigint)
  and ($6::bigint is null or team_id = $6::bigint)
group by id
