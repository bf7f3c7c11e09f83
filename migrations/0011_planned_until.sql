-- Why: a planner that looks for due slots from a fixed day on finds none of those before it, and reads every slot since then
-- each minute. What is settled is written down instead, so that any standstill is made up for and nothing is read twice.
-- Locks: ACCESS EXCLUSIVE on tidemark.digests for as long as its few rows take to be rewritten; no raw table.

-- Up Migration

alter table tidemark.digests add column planned_until timestamptz;
-- Until the last slot that has a row; not to now, or slots that fell due while nothing ran would be passed over.
update tidemark.digests d
set planned_until = greatest(
  active_since,
  (select max(due_at) from tidemark.digest_slots s where s.account_id = d.account_id and s.digest_id = d.id)
);
alter table tidemark.digests alter column planned_until set not null;
comment on column tidemark.digests.planned_until is
  'Slots due until then are settled: they have a row, or they are none of its own, because it was made, resumed or changed then';

-- Down Migration

alter table tidemark.digests drop column planned_until;
