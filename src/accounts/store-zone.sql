-- Stores the zone $2 of account $1. An account without a row appeared after the triggers did: all of its history is in the dirty
-- log, so that it counts as covered once there is a zone that it is rolled in.
insert into tidemark.accounts (account_id, zone, covered)
values ($1, $2, '{[-infinity, infinity)}')
on conflict (account_id) do update set zone = excluded.zone
