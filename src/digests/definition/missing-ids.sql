-- What account $1 lacks of the inboxes $2, agents $3, teams $4, labels $5, users $6 and groups $7, each with what it is.
select w.kind, w.id
from (
  select 'inbox' as kind, unnest($2::bigint[]) as id
  union all select 'agent', unnest($3::bigint[])
  union all select 'team', unnest($4::bigint[])
  union all select 'label', unnest($5::bigint[])
  union all select 'user', unnest($6::bigint[])
  union all select 'recipient group', unnest($7::bigint[])
) w
where w.id <> 0 and not case w.kind
  when 'inbox' then exists (select from inboxes where account_id = $1 and id = w.id)
  when 'team' then exists (select from teams where account_id = $1 and id = w.id)
  when 'label' then exists (select from labels where account_id = $1 and id = w.id)
  when 'recipient group' then exists (select from tidemark.recipient_groups where account_id = $1 and id = w.id)
  else exists (select from account_users where account_id = $1 and user_id = w.id)
end
order by w.kind, w.id
limit 5
