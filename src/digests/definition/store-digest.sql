-- Makes a digest of account $1 ($2 null), at $20, settled until $21, or changes digest $2, and returns its id: no row when there is none.
with made as (
  insert into tidemark.digests (
    account_id, name, owner_id, zone, cadence, data_window, first_weekday, starts_on, ends_on, comparison, filter,
    business_hours, formats, csv_delimiter, language, condition, when_incomplete, patience_hours, active_since, created_at,
    updated_at, planned_until
  )
  select $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, to_timestamp($20),
    to_timestamp($20), to_timestamp($20), to_timestamp($21)
  where $2::bigint is null
  returning id
),
changed as (
  update tidemark.digests set
    name = $3, owner_id = $4, zone = $5, cadence = $6, data_window = $7, first_weekday = $8, starts_on = $9, ends_on = $10,
    comparison = $11, filter = $12, business_hours = $13, formats = $14, csv_delimiter = $15, language = $16, condition = $17,
    when_incomplete = $18, patience_hours = $19, updated_at = to_timestamp($20), planned_until = to_timestamp($21)
  where account_id = $1 and id = $2
  returning id
)
select id from made
union all
select id from changed
