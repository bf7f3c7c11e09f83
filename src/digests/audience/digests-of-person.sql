-- The digests of account $1 that addresses $2 (in lower case) or users $3 are recipients of, directly or as one of a group.
select r.digest_id as id
from tidemark.recipients r
where r.account_id = $1 and r.digest_id is not null and (lower(r.address) = any ($2) or r.user_id = any ($3))
union
select g.digest_id
from tidemark.recipients r
join tidemark.digest_groups g on g.account_id = $1 and g.group_id = r.group_id
where r.account_id = $1 and (lower(r.address) = any ($2) or r.user_id = any ($3))
order by id
