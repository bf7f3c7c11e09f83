-- Gives slots of digest $2 of account $1 a row each at $5 (first dates $6, last dates $7, due instants $8; missed when due
-- before $9) and settles it until $4. It does nothing when the digest is not settled until $3 any more, as when it was read:
-- somebody else has planned these slots, or it was changed. A period that has a row keeps it.
-- Locks the digest, so planners of one digest follow each other. Returns how many slots were planned and missed.
with digest as (
  update tidemark.digests set planned_until = to_timestamp($4)
  where account_id = $1 and id = $2 and paused_at is null and planned_until = to_timestamp($3)
  returning zone
),
slot as (
  insert into tidemark.digest_slots (account_id, digest_id, period_start, period_end, due_at, zone, state, planned_at, note)
  select $1, $2, s.first_date, s.last_date, to_timestamp(s.due), d.zone, case when s.due < $9 then 'missed' else 'planned' end,
    to_timestamp($5), case when s.due < $9 then 'nothing ran until 48 hours after it was due' end
  from digest d
  cross join unnest($6::date[], $7::date[], $8::float8[]) as s (first_date, last_date, due)
  on conflict do nothing
  returning state
)
select count(*) filter (where state = 'planned') as planned, count(*) filter (where state = 'missed') as missed from slot
