-- The triggers of the dirty log that are missing or do not fire: relation, name, state (missing, disabled, replica only).
with wanted (relation, names) as (
  values
    ('conversations', '{tidemark_inserted,tidemark_deleted,tidemark_updated,tidemark_truncated}'::text[]),
    ('messages', '{tidemark_inserted,tidemark_deleted,tidemark_updated,tidemark_truncated}'),
    ('reporting_events', '{tidemark_inserted,tidemark_deleted,tidemark_updated,tidemark_truncated}'),
    ('csat_survey_responses', '{tidemark_inserted,tidemark_deleted,tidemark_updated,tidemark_truncated}'),
    ('taggings', '{tidemark_inserted,tidemark_deleted,tidemark_updated,tidemark_truncated}'),
    ('labels', '{tidemark_changed,tidemark_updated,tidemark_truncated}'),
    ('tags', '{tidemark_changed,tidemark_updated,tidemark_truncated}')
)
select w.relation, n.name,
  case coalesce(t.tgenabled, ' ') when ' ' then 'missing' when 'D' then 'disabled' else 'replica only' end as state
from wanted w
cross join unnest(w.names) as n (name)
left join pg_trigger t on t.tgrelid = to_regclass('public.' || w.relation) and t.tgname = n.name
where t.tgenabled is null or t.tgenabled not in ('O', 'A')
order by 1, 2
