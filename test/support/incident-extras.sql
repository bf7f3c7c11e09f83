-- What the incident log lacks and reports know: surveys and answers, bots (repeated and orphaned handoffs, events without a
-- conversation or a user), events without values, tags that differ by case or stand in another context. Nothing is random.
insert into messages (account_id, inbox_id, conversation_id, message_type, content_type, created_at, updated_at)
select 1, inbox_id, id, 3, 9, created_at + interval '3 days 7 minutes', created_at from conversations where id % 4 = 0;

insert into csat_survey_responses (account_id, conversation_id, message_id, rating, contact_id, assigned_agent_id, created_at, updated_at)
select 1, id, id, 1 + id % 5, 1, nullif(assignee_id, 13), created_at + interval '4 days 3 seconds', created_at from conversations where id % 8 = 0;

insert into reporting_events (name, value, value_in_business_hours, account_id, inbox_id, user_id, conversation_id, created_at, updated_at)
select e.name, id % 4000, nullif(id % 50, 0), 1, inbox_id, case when id % 24 <> 0 then assignee_id end, e.conversation_id, e.at, e.at
from conversations
cross join lateral (
  values ('conversation_bot_handoff', id % 30 = 0, id, created_at + interval '1 hour'),
    ('conversation_bot_handoff', id % 60 = 0, id, created_at + interval '2 days'),
    ('conversation_bot_handoff', id % 300 = 0, id, created_at + interval '70 days'),
    ('conversation_bot_handoff', id % 300 = 0, id + 10000000, created_at),
    ('conversation_bot_resolved', id % 20 = 0, id, created_at + interval '5 hours'),
    ('conversation_bot_resolved', id % 250 = 0, id + 10000000, created_at + interval '6 days'),
    ('conversation_bot_resolved', id % 500 = 0, null, created_at + interval '1 day'),
    ('conversation_bot_handoff', id % 700 = 0, null, created_at)
) as e (name, happens, conversation_id, at)
where e.happens;

update reporting_events set value_in_business_hours = null where id % 10 = 0 and created_at >= '2016-04-01';
update reporting_events set value = null where id % 97 = 0 and created_at >= '2016-04-01';
update reporting_events set user_id = null where id % 31 = 0;

insert into tags (name) select upper(name) from tags where id % 3 = 0;
insert into taggings (tag_id, taggable_type, taggable_id, context, created_at)
select u.id, 'Conversation', g.taggable_id, 'labels', g.created_at
from taggings g join tags t on t.id = g.tag_id join tags u on u.name = upper(t.name) and u.id <> t.id
where g.taggable_id % 7 = 0;
insert into taggings (tag_id, taggable_type, taggable_id, context, created_at)
select tag_id, 'Conversation', taggable_id, 'topics', created_at from taggings where context = 'labels' and taggable_id % 13 = 0;
insert into taggings (tag_id, taggable_type, taggable_id, context, created_at)
select tag_id, 'Contact', taggable_id, 'labels', created_at from taggings where context = 'labels' and taggable_id % 17 = 0;
analyze;
