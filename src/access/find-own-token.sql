-- The token whose SHA-256 is $1, if it is valid at $2: not revoked, not run out, and whom it stands for is still of its account, an
-- administrator as one. Notes the minute of its use, which writes once a minute at most.
with found as (
  select t.id, t.account_id, t.role, t.user_id, t.used_at
  from tidemark.tokens t
  where t.sha256 = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > to_timestamp($2))
    and (
      t.user_id is null
      or exists (
        select from account_users m
        where m.account_id = t.account_id and m.user_id = t.user_id and (t.role <> 'administrator' or m.role = 1)
      )
    )
),
noted as (
  update tidemark.tokens t
  set used_at = date_trunc('minute', to_timestamp($2))
  from found f
  where t.id = f.id and (f.used_at is null or f.used_at < date_trunc('minute', to_timestamp($2)))
)
select id, account_id as "accountId", role, user_id as "userId" from found
