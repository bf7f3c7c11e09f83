-- The teams of account $1 that the users $2 are in, by user; no row for a user who is in none.
select m.user_id as "userId", jsonb_agg(t.id order by t.id) as teams
from team_members m
join teams t on t.account_id = $1 and t.id = m.team_id
where m.user_id = any ($2::bigint[])
group by m.user_id
