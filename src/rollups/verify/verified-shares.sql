-- How much of the rolled accounts $1 (null: of all) is verified: days there are and days verified, the oldest verification, the
-- last one of the recent days (seconds), and rows that ever differed.
select a.account_id as "accountId", coalesce(r.days_total, 0) as days, v.days::int as "verifiedDays",
  extract(epoch from v.oldest)::float8 as "oldestVerifiedAt", extract(epoch from r.recent_at)::float8 as "recentAt",
  coalesce(r.mismatches, 0) as mismatches
from tidemark.accounts a
left join tidemark.reconciliations r on r.account_id = a.account_id
cross join lateral (
  select count(*) as days, min(verified_at) as oldest from tidemark.verified_days where account_id = a.account_id
) as v
where a.rolled_zone is not null and ($1::bigint[] is null or a.account_id = any ($1))
order by a.account_id
