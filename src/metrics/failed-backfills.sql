-- Accounts whose latest backfill ended without having rolled all it should, the latest first; at most 100. Not where another is
-- under way or has been completed since, or where the hours that it could not roll have been rolled since and none differed.
select b.account_id, b.state
from (
  select distinct on (account_id) account_id, id, state, finished_at, verified
  from tidemark.backfills where state <> 'cancelled' order by account_id, id desc
) as b
where b.state = 'failed' or (b.state = 'completed_with_errors' and (
  coalesce((b.verified ->> 'differing')::int, 0) > 0 or exists (
    select from tidemark.backfill_errors e
    join tidemark.dirty_hours d on d.account_id = e.account_id and d.hour >= e.hour and d.hour < e.hour + interval '1 hour'
    where e.account_id = b.account_id and e.backfill_id = b.id and d.failures > 0)))
order by b.finished_at desc
limit 100
