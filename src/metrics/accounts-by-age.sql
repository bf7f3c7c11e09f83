-- The accounts that Tidemark knows, those first whose dirty rows (account_id) wait longest; at most $1.
select a.account_id as id
from tidemark.accounts a
left join (
  select account_id, min(at) as at
  from (select account_id, at from tidemark.dirty_hours union all select account_id, at from tidemark.dirty_scopes) d
  group by account_id
) waiting on waiting.account_id = a.account_id
order by waiting.at, a.account_id
limit $1
