-- Notes that something came or changed at $3 in the hours $2 (seconds both) of account $1, whose raw rows were purged.
insert into tidemark.late_hours as l (account_id, hour, first_at, last_at)
select $1, to_timestamp(hour), to_timestamp($3::float8), to_timestamp($3) from unnest($2::float8[]) as hour
on conflict (account_id, hour) do update set last_at = excluded.last_at, times = l.times + 1
