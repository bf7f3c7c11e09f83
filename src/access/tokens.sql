-- The tokens of account $1 (null: of operators), the newest first: all of them, or token $2; $3 of them, after the first $4. A user
-- is named while he belongs to the account.
select t.id, t.account_id as "accountId", t.name, t.role, t.prefix, t.user_id as "userId",
  (
    select u.name
    from account_users m
    join users u on u.id = m.user_id
    where m.account_id = t.account_id and m.user_id = t.user_id
    limit 1
  ) as "userName",
  extract(epoch from t.created_at)::float8 as "createdAt",
  extract(epoch from t.expires_at)::float8 as "expiresAt",
  extract(epoch from t.revoked_at)::float8 as "revokedAt",
  extract(epoch from t.used_at)::float8 as "usedAt"
from tidemark.tokens t
where t.account_id is not distinct from $1::bigint and ($2::bigint is null or t.id = $2)
order by t.id desc
limit $3 offset $4
