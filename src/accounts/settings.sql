-- What account $1 has settled for itself, null where nothing; always one row. Weekdays count from Sunday, which is 0.
select t.zone, s.first_weekday % 7 as "firstWeekday", s.working_hours as "workingHours", s.holidays, s.retention, s.branding
from (values ($1::bigint)) as a (account_id)
left join tidemark.accounts t on t.account_id = a.account_id
left join tidemark.settings s on s.account_id = a.account_id
