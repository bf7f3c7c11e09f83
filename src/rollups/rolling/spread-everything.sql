-- Marks whatever has been rolled and can be rolled again: every hour that has rows, and where rows of hours or days were
-- purged, every day or month.
insert into tidemark.dirty_hours (account_id, hour)
select r.account_id, r.bucket
from (
  select account_id, bucket, 'hour' as grain from tidemark.rollup_hourly where dimension = 0
  union all
  select account_id, bucket, 'day' from tidemark.rollup_daily where dimension = 0
  union all
  select account_id, bucket, 'month' from tidemark.rollup_monthly where dimension = 0
) as r
left join tidemark.accounts a on a.account_id = r.account_id
where r.bucket >= coalesce(a.raw_since, '-infinity')
  and case r.grain when 'hour' then true when 'day' then r.bucket < a.hourly_since else r.bucket < a.daily_since end
