-- Conversations that are not resolved when a period ends: created before, and the latest change of status before is no
-- resolution. No row where there are none. $1 account, $2 dimension, $3 and $4 starts and ends of the periods (seconds), the rest
-- as in conversations.sql.
with look as materialized (
  select u.number, to_timestamp(u.ends) at time zone 'UTC' as at,
    oracle.bucket(to_timestamp(u.starts) at time zone 'UTC', $5, $6, $7) as name
  from unnest($3::float8[], $4::float8[]) with ordinality as u (starts, ends, number)
),
place as (
  select id, conversation_id from oracle.conversations_by_/*dimension*/ where account_id = $1 and dimension = $2 /*filter*/
),
-- After how many of the looks each state begins and ends (what happens at the moment of a look comes after it); those that no
-- look meets are left out.
met as (
  select conversation_id, begins, ends
  from oracle.states
  cross join (select array_agg(k.at order by k.at) as looks from look k) as k
  cross join lateral (select width_bucket(at, looks) as begins, width_bucket(coalesce(until, 'infinity'), looks) as ends) as x
  where account_id = $1 and not resolved and begins < ends
),
step as (
  select p.id, x.looks, sum(x.n) as n
  from met join place p using (conversation_id)
  cross join lateral (values (met.begins, 1), (met.ends, -1)) as x (looks, n)
  group by 1, 2
),
line as (
  select i.id, k.name, sum(s.n) over (partition by i.id order by k.number) as open_conversations_count
  from (select distinct id from place) as i
  cross join look k
  left join step s on s.id = i.id and s.looks = k.number - 1
)
select id, name as bucket, open_conversations_count from line where open_conversations_count <> 0
