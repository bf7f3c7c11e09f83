-- Why: every report asks how far its account is rolled and what of it is dirty, and most of that statement's 2.5 ms was planning it. Few
-- accounts have purged anything, but all had the look for their first bucket planned; and the plan for the dirty log could not be
-- kept, as one that was made while the log was empty would read all of it later. Functions are planned where they are called first.
-- Locks: none. Safe beside old code: it does not call them.

-- Up Migration

-- The first bucket of an account's rolled rows; null when there is none.
create function tidemark.first_bucket(account bigint) returns timestamptz language plpgsql stable as $$
begin
  return least(
    (select min(bucket) from tidemark.rollup_monthly where account_id = account and dimension = 0),
    (select min(bucket) from tidemark.rollup_daily where account_id = account and dimension = 0),
    (select min(bucket) from tidemark.rollup_hourly where account_id = account and dimension = 0));
end $$;

-- The dirty quarter hours of an account from an instant on, each with whether only its label rows are out of date. A row at no time
-- (infinity) is in no report, so its mark concerns nobody. Steps from one distinct quarter to the next on the index, however full
-- the log was when this was planned: it may hold many marks of one quarter.
create function tidemark.dirty_quarters(account bigint, since timestamptz) returns table (quarter timestamptz, labels_only boolean)
  language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off as $$
begin
  return query
    with recursive mark as (
      (
        select d.hour, d.labels_only from tidemark.dirty_hours d
        where d.account_id = account and d.hour >= since and d.hour > '-infinity' and d.hour < 'infinity'
        order by d.hour, d.labels_only limit 1
      )
      union all
      select following.* from mark
      cross join lateral (
        select d.hour, d.labels_only from tidemark.dirty_hours d
        where d.account_id = account and d.hour > mark.hour and d.hour < 'infinity'
        order by d.hour, d.labels_only limit 1
      ) as following
    )
    select mark.hour, mark.labels_only from mark;
end $$;

-- Whether an account has marks that reach over many hours.
create function tidemark.has_wide_marks(account bigint) returns boolean
  language plpgsql stable set enable_seqscan = off as $$
begin
  return exists (select from tidemark.dirty_scopes where account_id = account)
    or exists (select from tidemark.dirty_scopes where account_id is null);
end $$;

-- Down Migration

drop function tidemark.has_wide_marks(bigint);
drop function tidemark.dirty_quarters(bigint, timestamptz);
drop function tidemark.first_bucket(bigint);
