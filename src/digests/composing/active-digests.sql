-- The digests that are not paused, by account and id, after ($1, $2), with what tells when they are due; at most $3.
select account_id as "accountId", id, zone, cadence, data_window as "window", first_weekday as "firstWeekday",
  starts_on as "startsOn", ends_on as "endsOn", extract(epoch from planned_until)::float8 as "plannedUntil"
from tidemark.digests
where paused_at is null and (account_id, id) > ($1, $2)
order by account_id, id
limit $3
