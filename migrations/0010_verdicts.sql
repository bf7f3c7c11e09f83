-- Why: a worker that dies while it is sending leaves a row of which only one thing matters: whether the mail server had asked
-- for the message. Before, nothing of it has left, and it can be sent as if it had never been tried. And what a period came to
-- decides whom we tell and when a digest pauses: that is defined once, here.
-- Locks: ACCESS EXCLUSIVE on deliveries for an instant; no row is rewritten.

-- Up Migration

-- When the server asked for the message in the last attempt; null: it has not, in that attempt.
alter table tidemark.deliveries add column begun_at timestamptz;

-- What a slot came to once nothing is left to do, from its newest edition. Each recipient counts once, whatever was sent to him
-- again: he is reached when any copy was sent (or written into the outbox), failed when none was and one was refused or is
-- uncertain. Who wants no mail, or is not allowed any, is neither.
-- everybody: somebody was reached and nobody failed. some: somebody was reached, somebody failed. nobody: somebody failed and
-- nobody was reached, or the mail could not be put together. Null: still open, or nobody was to be sent anything (skipped, all
-- suppressed, a standstill of the service): that neither makes a streak of failed periods nor ends one.
create view tidemark.verdicts as
select s.account_id, s.digest_id, s.id as slot_id, s.due_at, s.period_start, s.period_end, r.reached, r.failed,
  case
    when s.state = 'missed' and s.failures > 0 and s.editions = 0 then 'nobody'
    when s.state <> 'done' then null
    when r.failed > 0 then case when r.reached > 0 then 'some' else 'nobody' end
    when r.reached > 0 then 'everybody'
  end as verdict
from tidemark.digest_slots s
cross join lateral (
  select count(*) filter (where e.reached) as reached, count(*) filter (where e.failed and not e.reached) as failed
  from (
    select bool_or(d.state in ('sent', 'written')) as reached, bool_or(d.state in ('refused', 'uncertain')) as failed
    from tidemark.deliveries d
    where d.account_id = s.account_id and d.slot_id = s.id and d.edition = s.editions
    group by lower(d.recipient)
  ) e
) r;

-- Down Migration

drop view tidemark.verdicts;
alter table tidemark.deliveries drop column begun_at;
