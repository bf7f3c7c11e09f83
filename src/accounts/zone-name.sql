-- The name of the zone of account $1, as its settings have it: our own, else Chatwoot's reporting time zone, else the one
-- that most of its inboxes are in (UTC, the default nobody changed, left out). No row: there is no such account.
select coalesce(
  (select t.zone from tidemark.accounts t where t.account_id = a.id),
  nullif(a.settings ->> 'reporting_timezone', ''),
  (
    select i.timezone from inboxes i
    where i.account_id = a.id and i.timezone not in ('UTC', 'Etc/UTC', '')
    group by i.timezone order by count(*) desc, i.timezone limit 1
  ),
  'UTC'
) as name
from accounts a
where a.id = $1
