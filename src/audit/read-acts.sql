-- Acts of the accounts $1 (null: of all, and what concerns the installation), the newest first: by actors of kind $2 with id $3, of
-- action $4, on subjects of kind $5 with id $6, from $7 to before $8, with an id below $9; at most $10 of them, after the first $11. Each but $1 may be null:
-- any. A user is named while he belongs to the account that the act concerns, a token if it is the account's.
select a.id, a.account_id as "accountId", extract(epoch from a.at)::float8 as at, a.actor_kind as "actorKind", a.actor_id as "actorId",
  case a.actor_kind
    when 'user' then (
      select u.name
      from account_users m
      join users u on u.id = m.user_id
      where m.account_id = a.account_id and m.user_id = a.actor_id
      limit 1
    )
    when 'token' then (select t.name from tidemark.tokens t where t.account_id = a.account_id and t.id = a.actor_id)
  end as "actorName",
  a.action, a.subject_kind as "subjectKind", a.subject_id as "subjectId", a.reason, a.before, a.after, a.request_id as "requestId"
from tidemark.audit_log a
where ($1::bigint[] is null or a.account_id = any ($1))
  and ($2::text is null or a.actor_kind = $2) and ($3::bigint is null or a.actor_id = $3)
  and ($4::text is null or a.action = $4)
  and ($5::text is null or a.subject_kind = $5) and ($6::bigint is null or a.subject_id = $6)
  and ($7::float8 is null or a.at >= to_timestamp($7)) and ($8::float8 is null or a.at < to_timestamp($8))
  and ($9::bigint is null or a.id < $9)
order by a.id desc
limit $10 offset $11
