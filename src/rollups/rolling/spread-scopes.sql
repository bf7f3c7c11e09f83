-- Marks the conversations that carry one of the tags $1, and the conversations $2, in whichever account they are.
insert into tidemark.dirty_scopes (account_id, scope, id)
select distinct c.account_id, 'conversation', c.id
from conversations c
where c.id in (
  select g.taggable_id from taggings g where g.taggable_type = 'Conversation' and g.tag_id = any ($1::int[])
  union all
  select unnest($2::int[])
)
