-- What the database lacks for an attachment: a row per table, column or right, none when all is there.
with wanted (name, columns) as (
  values
    ('accounts', '{id,name,locale,status,settings,limits,custom_attributes}'::text[]),
    ('users', '{id,name,display_name,email,provider,availability,custom_attributes}'),
    ('account_users', '{account_id,user_id,role,availability,auto_offline,custom_role_id}'),
    ('custom_roles', '{id,account_id,permissions}'),
    ('access_tokens', '{owner_type,owner_id,token}'),
    ('inboxes', '{id,account_id,name,channel_type,channel_id,timezone}'),
    ('teams', '{id,account_id,name}'),
    ('labels', '{id,account_id,title}'),
    ('tags', '{id,name}'),
    ('taggings', '{tag_id,taggable_type,taggable_id,context}'),
    ('contacts', '{id,account_id,name,email,phone_number,identifier,blocked,additional_attributes,custom_attributes,created_at,last_activity_at}'),
    ('agent_bots', '{id,account_id,name}'),
    ('captain_assistants', '{id,account_id,name}'),
    ('conversations', '{id,account_id,inbox_id,assignee_id,team_id,contact_id,display_id,status,first_reply_created_at,waiting_since,created_at,last_activity_at}'),
    ('messages', '{id,account_id,inbox_id,conversation_id,message_type,content_type,sender_type,sender_id,content,created_at}'),
    ('reporting_events', '{id,name,value,value_in_business_hours,account_id,inbox_id,user_id,conversation_id,event_end_time,created_at}'),
    ('csat_survey_responses', '{id,account_id,conversation_id,message_id,contact_id,rating,feedback_message,assigned_agent_id,csat_review_notes,review_notes_updated_at,review_notes_updated_by_id,created_at}'),
    ('agent_bot_inboxes', '{account_id,inbox_id,status}'),
    ('integrations_hooks', '{account_id,inbox_id,app_id,status}'),
    ('captain_inboxes', '{captain_assistant_id,inbox_id}')
),
found as (
  select w.*, to_regclass('public.' || w.name) as relation from wanted w
)
select 'table' as lack, name from found where relation is null
union all
select 'column', f.name || '.' || c.name
from found f cross join unnest(f.columns) as c (name)
where f.relation is not null
  and not exists (
    select from pg_attribute a where a.attrelid = f.relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped
  )
union all
select 'select', 'public.' || name from found where relation is not null and not has_table_privilege(relation, 'select')
union all
select 'trigger', 'public.' || name
from found
where relation is not null and not has_table_privilege(relation, 'trigger')
  and name in ('conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings', 'labels', 'tags')
union all
select 'create', current_database()
where not has_database_privilege(current_database(), 'create')
  and not exists (select from pg_namespace where nspname = 'tidemark' and pg_has_role(nspowner, 'usage'))
