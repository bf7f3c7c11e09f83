-- Stores what account $1 has settled, at $7 (Unix seconds): first weekday $2 (from Sunday, which is 0), working hours $3,
-- holidays $4, retention $5, branding $6; null where nothing is.
insert into tidemark.settings (account_id, first_weekday, working_hours, holidays, retention, branding, updated_at)
values ($1, case when $2::smallint = 0 then 7 else $2::smallint end, $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, to_timestamp($7))
on conflict (account_id) do update set first_weekday = excluded.first_weekday, working_hours = excluded.working_hours,
  holidays = excluded.holidays, retention = excluded.retention, branding = excluded.branding, updated_at = excluded.updated_at
