-- Enters that addresses $3 (in lower case) of account $1 are sent no more of digest $2 (0: of any) since $6, because of $4, by user
-- $5. His own wish (`unsubscribed`, entered by nobody) and somebody's entry are kept beside each other: neither hides the other.
insert into tidemark.suppressions as s (account_id, digest_id, address, user_id, reason, entered_by, entered_at, at)
select $1, $2, a.address,
  (
    select u.id
    from account_users m
    join users u on u.id = m.user_id
    where m.account_id = $1 and lower(u.email) = a.address
    order by u.id
    limit 1
  ),
  $4, $5, case when $4 = 'removed' then to_timestamp($6) end, to_timestamp($6)
from (select distinct unnest($3::text[]) as address) a
on conflict (account_id, address, digest_id) do update set
  -- The greater word is his own.
  reason = greatest(s.reason, excluded.reason),
  user_id = coalesce(excluded.user_id, s.user_id),
  entered_by = case when s.entered_at is null then excluded.entered_by else s.entered_by end,
  entered_at = coalesce(s.entered_at, excluded.entered_at)
