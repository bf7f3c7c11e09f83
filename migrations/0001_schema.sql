-- Why: everything of Tidemark's own lives in this schema, so that it can be taken away without a trace.
-- Locks: none. Safe beside old code. The schema itself is made before the first migration, for its record of them.

-- Up Migration

comment on schema tidemark is 'Tidemark: rollups, reports and digests';

-- Down Migration

comment on schema tidemark is null;
