-- Surveys sent and the answers to them. Parameters as in conversations.sql.
with answer as (
  select id, oracle.bucket(created_at, $5, $6, $7) as bucket, count(*) as csat_responses_count, avg(rating) as csat_rating,
    100 * avg((rating >= 4)::int) as csat_score, count(*) filter (where rating = 1) as csat_1_count,
    count(*) filter (where rating = 2) as csat_2_count, count(*) filter (where rating = 3) as csat_3_count,
    count(*) filter (where rating = 4) as csat_4_count, count(*) filter (where rating = 5) as csat_5_count
  from oracle.ratings_by_/*dimension*/
  where account_id = $1 and dimension = $2
    and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
  group by 1, 2
),
survey as (
  select id, oracle.bucket(created_at, $5, $6, $7) as bucket, count(*) as csat_surveys_count
  from oracle.surveys_by_/*dimension*/
  where account_id = $1 and dimension = $2
    and created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC' /*filter*/
  group by 1, 2
)
select id, bucket, coalesce(csat_responses_count, 0) as csat_responses_count, csat_rating, csat_score,
  csat_1_count, csat_2_count, csat_3_count, csat_4_count, csat_5_count,
  coalesce(csat_surveys_count, 0) as csat_surveys_count,
  100.0 * coalesce(csat_responses_count, 0) / nullif(coalesce(csat_surveys_count, 0), 0) as csat_response_rate
from answer full join survey using (id, bucket)
