-- Conversations resolved and opened again, and the different contacts who began one, filed as the conversation is. Parameters as
-- in conversations.sql.
with place as (
  select id, conversation_id, contact_id, created_at from oracle.conversations_by_/*dimension*/ where account_id = $1 and dimension = $2 /*filter*/
),
flow as (
  select p.id, oracle.bucket(t.created_at, $5, $6, $7) as bucket,
    count(*) filter (where reopens) as reopened_count,
    count(*) filter (where closes) as first_contact_resolution_n,
    100.0::float8 * count(*) filter (where closes and first_contact) / nullif(count(*) filter (where closes), 0) as first_contact_resolution
  from oracle.changes t join place p using (conversation_id)
  where t.account_id = $1 and t.created_at >= to_timestamp($3::float8) at time zone 'UTC' and t.created_at < to_timestamp($4::float8) at time zone 'UTC'
  group by 1, 2
),
person as (
  select id, oracle.bucket(created_at, $5, $6, $7) as bucket, count(distinct contact_id) as unique_contacts_count
  from place
  where created_at >= to_timestamp($3::float8) at time zone 'UTC' and created_at < to_timestamp($4::float8) at time zone 'UTC'
  group by 1, 2
)
select id, bucket, reopened_count, first_contact_resolution_n, first_contact_resolution, unique_contacts_count
from flow full join person using (id, bucket)
