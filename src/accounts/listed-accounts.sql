-- The accounts by id, $1 of them after the first $2, and how many there are.
select id, name, count(*) over ()::int as total from accounts order by id limit $1 offset $2
