-- What delivery $2 of account $1 is part of: the digest, its account, and the one who was sent it, by his address then.
select d.id as "digestId", d.name as "digestName", d.language, a.name as "accountName", l.recipient, l.user_id as "userId"
from tidemark.deliveries l
join tidemark.digests d on d.account_id = $1 and d.id = l.digest_id
join accounts a on a.id = $1
where l.account_id = $1 and l.id = $2
