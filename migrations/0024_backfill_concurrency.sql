-- Why: whoever starts backfills of several accounts decides how many of them roll at once.
-- Locks: ACCESS EXCLUSIVE on tidemark.backfills for milliseconds (a column that may be null; the check reads the few rows of
-- backfills). Safe beside old code: it starts backfills without a limit, and works on one that has a limit without waiting.

-- Up Migration

-- It works only while fewer than so many others that were asked for before it work, of whatever account; null: whatever they do.
alter table tidemark.backfills add column concurrency smallint check (concurrency between 1 and 64);

-- Down Migration

alter table tidemark.backfills drop column concurrency;
