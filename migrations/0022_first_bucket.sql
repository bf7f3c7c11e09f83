-- Why: every report asks how far its account is rolled, and where something was purged also for its first bucket. Few have purged
-- anything, but all had that part of the statement planned: 0.8 of its 2.5 ms. A function is planned where it is called.
-- Locks: none. Safe beside old code: it does not call it.

-- Up Migration

-- The first bucket of an account's rolled rows; null when there is none.
create function tidemark.first_bucket(account bigint) returns timestamptz language plpgsql stable as $$
begin
  return least(
    (select min(bucket) from tidemark.rollup_monthly where account_id = account and dimension = 0),
    (select min(bucket) from tidemark.rollup_daily where account_id = account and dimension = 0),
    (select min(bucket) from tidemark.rollup_hourly where account_id = account and dimension = 0));
end $$;

-- Down Migration

drop function tidemark.first_bucket(bigint);
