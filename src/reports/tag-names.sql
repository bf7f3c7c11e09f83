-- The tags $2 that are there, by name, with the id of account $1's label of exactly this title, or null: at most $3 rows.
select t.id as tag_id, t.name, l.id
from tags t
left join labels l on l.account_id = $1 and l.title = t.name
where t.id = any ($2::bigint[])
order by t.name
limit $3
