-- What of the accounts $1 was rolled by other definitions than $2, this release's: a row per account with such stretches, these
-- ascending as two lists of Unix seconds, and by which definitions it is rolled now and was before.
select a.account_id as id, a.definitions, a.outdated_definitions as outdated,
  array(select extract(epoch from lower(span))::float8 from unnest(a.stale) as span order by span) as froms,
  array(select extract(epoch from upper(span))::float8 from unnest(a.stale) as span order by span) as untils
from (
  select account_id, definitions, outdated_definitions, case when definitions = $2 then outdated else outdated + covered end as stale
  from tidemark.accounts where account_id = any($1)
) as a
where a.stale <> '{}'
