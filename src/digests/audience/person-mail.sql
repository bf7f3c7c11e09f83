-- What was mailed to addresses $2 (in lower case) or users $3 of account $1: how many deliveries are in each state, and how many
-- of their links open at $4.
with his as (
  select id, state
  from tidemark.deliveries
  where account_id = $1 and (lower(recipient) = any ($2) or user_id = any ($3))
)
select coalesce((select jsonb_object_agg(state, n) from (select state, count(*) as n from his group by state) s), '{}') as deliveries,
  (
    select count(*)
    from tidemark.links l
    join his on his.id = l.delivery_id
    where l.account_id = $1 and l.revoked_at is null and l.expires_at > to_timestamp($4)
  ) as "openLinks"
