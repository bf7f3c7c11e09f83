-- Survey responses of account $1 given in [$2, $3) (seconds) with one of some ratings: id, conversation_id, at, value (the
-- rating). /*…*/: see src/reports/counted-rows.ts.
select r.id::bigint as id, r.conversation_id::bigint as conversation_id, r.created_at as at, r.rating::float8 as value
from csat_survey_responses r
left join conversations c on c.id = r.conversation_id and c.account_id = $1
where r.account_id = $1 and r.rating = any (/*ratings*/::int[])
  and r.created_at >= to_timestamp($2::float8) at time zone 'UTC' and r.created_at < to_timestamp($3::float8) at time zone 'UTC'
  /*filter*/
