-- How mail stands at $1 (Unix seconds) over all accounts (account_id is part of every key): ages in seconds, 0 where there is
-- nothing to be old. A slot is overdue from when it was due, or from the end of its patience where it waits for data; slots of
-- paused digests wait for a person. A standstill: mail that no server has been offered yet.
select
  (select coalesce(max($1 - extract(epoch from s.due_at)
     - case s.state when 'waiting_for_data' then d.patience_hours * 3600 else 0 end), 0)::float8
   from tidemark.digest_slots s
   join tidemark.digests d on d.account_id = s.account_id and d.id = s.digest_id
   where s.state in ('planned', 'waiting_for_data') and s.due_at <= to_timestamp($1)
     and (d.paused_at is null or s.decision is not null)) as "oldestSlot",
  (select count(*) from tidemark.deliveries where next_attempt_at is not null)::float8 as waiting,
  (select coalesce($1 - extract(epoch from min(next_attempt_at)), 0)::float8
   from tidemark.deliveries where next_attempt_at is not null) as overdue,
  (select coalesce($1 - extract(epoch from min(created_at)), 0)::float8
   from tidemark.deliveries where next_attempt_at is not null and attempts = 0) as standstill,
  (select count(*) from tidemark.deliveries
   where state = 'uncertain' and resolution is null and next_attempt_at is null)::float8 as uncertain
