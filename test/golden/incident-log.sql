-- What the incident log's raw rows say to some requests: a statement for each, which gives the body as JSON (of a file: its
-- text). They share nothing with what answers. A line `-- GET …` names the request, `-- only: meta` a part of its answer.

-- SETUP
insert into agent_bots (id, name, account_id, created_at, updated_at) values (1, 'Robot', 1, '2016-02-01', '2016-02-01');
insert into agent_bot_inboxes (inbox_id, agent_bot_id, account_id, status, created_at, updated_at)
select id, 1, 1, case when id % 3 = 0 then 0 else 1 end, '2016-02-01', '2016-02-01' from inboxes;
create function golden_duration(seconds float8) returns text language sql as $$
  select coalesce((
    select string_agg(n || ' ' || unit || case when n = 1 then '' else 's' end, ' ' order by place)
    from (
      select *, row_number() over (order by place) as shown
      from (values (1, trunc(seconds)::bigint / 86400, 'day'), (2, trunc(seconds)::bigint % 86400 / 3600, 'hour'),
        (3, trunc(seconds)::bigint % 3600 / 60, 'minute'), (4, trunc(seconds)::bigint % 60, 'second')) as u (place, n, unit)
      where n > 0
    ) as u where shown <= 2), 'N/A')
$$;
create function golden_summary(since timestamp, until timestamp, business boolean, team bigint) returns json language sql as $$
  select json_build_object(
    'conversations_count', (select count(*) from conversations where created_at >= since and created_at < until and (team is null or team_id = team)),
    'incoming_messages_count', (select count(*) from messages m where m.created_at >= since and m.created_at < until and message_type = 0
      and (team is null or exists (select from conversations c where c.id = m.conversation_id and c.team_id = team))),
    'outgoing_messages_count', (select count(*) from messages m where m.created_at >= since and m.created_at < until and message_type = 1
      and (team is null or exists (select from conversations c where c.id = m.conversation_id and c.team_id = team))),
    'avg_first_response_time', avg(case when business then value_in_business_hours else value end) filter (where name = 'first_response'),
    'avg_resolution_time', avg(case when business then value_in_business_hours else value end) filter (where name = 'conversation_resolved'),
    'resolutions_count', count(*) filter (where name = 'conversation_resolved'),
    'reply_time', avg(case when business then value_in_business_hours else value end) filter (where name = 'reply_time'))
  from reporting_events e where e.created_at >= since and e.created_at < until
    and (team is null or exists (select from conversations c where c.id = e.conversation_id and c.team_id = team))
$$;

-- GET /api/v2/accounts/1/reports/summary?type=account&since=1457308800&until=1457913600
select (golden_summary('2016-03-07', '2016-03-14', false, null)::jsonb
  || jsonb_build_object('previous', golden_summary('2016-02-29', '2016-03-07', false, null))) as body;

-- GET /api/v2/accounts/1/reports/summary?type=account&since=1457308800&until=1457913600&business_hours=true
select (golden_summary('2016-03-07', '2016-03-14', true, null)::jsonb
  || jsonb_build_object('previous', golden_summary('2016-02-29', '2016-03-07', true, null))) as body;

-- GET /api/v2/accounts/1/reports/summary?type=team&id=70&since=1457308800&until=1457913600
select (golden_summary('2016-03-07', '2016-03-14', false, 70)::jsonb
  || jsonb_build_object('previous', golden_summary('2016-02-29', '2016-03-07', false, 70))) as body;

-- GET /api/v2/accounts/1/reports/bot_metrics?since=1456790400&until=1464739200
with bot as (
  select c.id from conversations c join agent_bot_inboxes b on b.inbox_id = c.inbox_id and b.status = 0
  where c.created_at >= '2016-03-01' and c.created_at < '2016-06-01'
), events as (
  select e.name, e.conversation_id from reporting_events e join conversations c on c.id = e.conversation_id
  where e.created_at >= '2016-03-01' and e.created_at < '2016-06-01'
), handed as (select distinct conversation_id from events where name = 'conversation_bot_handoff'),
resolved as (select distinct conversation_id from events where name = 'conversation_bot_resolved' except select * from handed)
select json_build_object(
  'conversation_count', (select count(*) from bot),
  'message_count', (select count(*) from messages m join bot on bot.id = m.conversation_id
    where message_type = 1 and m.created_at >= '2016-03-01' and m.created_at < '2016-06-01'),
  'resolution_rate', (select count(*) from resolved) * 100 / (select count(*) from bot),
  'handoff_rate', (select count(*) from handed) * 100 / (select count(*) from bot)) as body;

-- GET /api/v2/accounts/1/reports/inbox_label_matrix?since=1457308800&until=1457913600&inbox_ids[]=143&inbox_ids[]=161&inbox_ids[]=204&inbox_ids[]=99999&label_ids[]=1&label_ids[]=2&label_ids[]=20&label_ids[]=26&label_ids[]=30
select json_build_object(
  'inboxes', (select json_agg(json_build_object('id', id, 'name', name) order by name) from inboxes where id in (143, 161, 204)),
  'labels', (select json_agg(json_build_object('id', id, 'title', title) order by title) from labels where id in (1, 2, 20, 26, 30)),
  'matrix', (select json_agg((select json_agg((
      select count(distinct c.id) from conversations c join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels'
      join tags t on t.id = g.tag_id and t.name = l.title
      where c.inbox_id = i.id and c.created_at >= '2016-03-07' and c.created_at < '2016-03-14') order by l.title)
    from labels l where l.id in (1, 2, 20, 26, 30)) order by i.name) from inboxes i where i.id in (143, 161, 204))) as body;

-- GET /api/v2/accounts/1/reports/first_response_time_distribution?since=1457308800&until=1457913600
select json_object_agg(channel_type, counts) as body from (
  select i.channel_type, json_build_object('0-1h', count(*) filter (where value < 3600),
    '1-4h', count(*) filter (where value between 3600 and 14399.999), '4-8h', count(*) filter (where value between 14400 and 28799.999),
    '8-24h', count(*) filter (where value between 28800 and 86399.999), '24h+', count(*) filter (where value >= 86400)) as counts
  from reporting_events e join inboxes i on i.id = e.inbox_id
  where e.name = 'first_response' and e.created_at between '2016-03-07' and '2016-03-13 23:59:59.999999' group by 1) as x;

-- GET /api/v2/accounts/1/reports/outgoing_messages_count?group_by=team&since=1457308800&until=1457913600
select json_agg(json_build_object('id', t.id, 'name', t.name, 'outgoing_messages_count', n) order by t.id) as body from (
  select c.team_id, count(*) as n from messages m join conversations c on c.id = m.conversation_id
  where m.message_type = 1 and m.created_at >= '2016-03-07' and m.created_at < '2016-03-14' group by 1) as x join teams t on t.id = x.team_id;

-- GET /api/v2/accounts/1/reports/outgoing_messages_count?group_by=agent&since=1457308800&until=1457395200
select json_agg(json_build_object('id', u.id, 'name', u.name, 'outgoing_messages_count', n) order by u.id) as body from (
  select sender_id, count(*) as n from messages where message_type = 1 and sender_type = 'User'
    and created_at >= '2016-03-07' and created_at < '2016-03-08' group by 1) as x join users u on u.id = x.sender_id;

-- GET /api/v2/accounts/1/reports/outgoing_messages_count?group_by=label&since=1457308800&until=1457395200
select json_agg(json_build_object('id', l.id, 'name', x.name, 'outgoing_messages_count', n) order by x.name) as body from (
  select t.name, count(distinct m.id) as n from messages m
  join taggings g on g.taggable_id = m.conversation_id and g.taggable_type = 'Conversation' and g.context = 'labels' join tags t on t.id = g.tag_id
  where m.message_type = 1 and m.created_at >= '2016-03-07' and m.created_at < '2016-03-08' group by 1) as x left join labels l on l.title = x.name;

-- GET /api/v2/accounts/1/summary_reports/channel?since=1457308800&until=1457913600
select json_object_agg(channel_type, counts) as body from (
  select i.channel_type, json_build_object('open', count(*) filter (where c.status = 0), 'resolved', count(*) filter (where c.status = 1),
    'pending', count(*) filter (where c.status = 2), 'snoozed', count(*) filter (where c.status = 3), 'total', count(*)) as counts
  from conversations c join inboxes i on i.id = c.inbox_id where c.created_at >= '2016-03-07' and c.created_at < '2016-03-14' group by 1) as x;

-- GET /api/v2/accounts/1/summary_reports/team?since=1457308800&until=1457913600
select json_agg(json_build_object('id', t.id, 'conversations_count', s -> 'conversations_count', 'resolved_conversations_count', s -> 'resolutions_count',
  'avg_resolution_time', s -> 'avg_resolution_time', 'avg_first_response_time', s -> 'avg_first_response_time', 'avg_reply_time', s -> 'reply_time') order by t.id) as body
from teams t cross join lateral (select golden_summary('2016-03-07', '2016-03-14', false, t.id)::jsonb as s) as s;

-- GET /api/v2/accounts/1/reports?metric=avg_resolution_time&type=account&since=1456801200&until=1464750000&group_by=month&timezone_offset=-3
select json_agg(json_build_object('value', value, 'timestamp', extract(epoch from month at time zone 'America/Sao_Paulo')::bigint, 'count', n) order by month) as body from (
  select date_trunc('month', created_at at time zone 'UTC' at time zone 'America/Sao_Paulo') as month, avg(value) as value, count(*) as n
  from reporting_events where name = 'conversation_resolved' and created_at >= '2016-03-01 03:00' and created_at < '2016-06-01 03:00' group by 1) as x;

-- GET /api/v2/accounts/1/reports/conversation_traffic?timezone_offset=-3&days_before=7
select 'Timezone,(GMT-03:00) Brasilia' || E'\n\n\nStart of the hour,'
  || (select string_agg(to_char(d, 'YYYY-MM-DD'), ',' order by d) from generate_series(timestamp '2016-03-07', '2016-03-13', '1 day') d) || E'\n'
  || (select string_agg(line, '' order by h) from (
    select h, to_char(h, 'FM00') || ':00,' || string_agg((select count(*) from conversations
      where created_at >= d + h * interval '1 hour' and created_at < d + (h + 1) * interval '1 hour')::text, ',' order by d) || E'\n' as line
    from generate_series(0, 23) h, generate_series(timestamp '2016-03-07', '2016-03-13', '1 day') d group by h) as x) as body;

-- GET /api/v2/accounts/1/reports/labels.csv?since=1457308800&until=1457913600
select E'Reporting period 2016-03-07 to 2016-03-14\n\n\nLabel,No. of conversations,Avg first response time,Avg resolution time,Avg reply time,Resolution Count\n'
  || string_agg(title || ',' || n || ',' || golden_duration(first) || ',' || golden_duration(resolution) || ',' || golden_duration(reply) || ',' || resolved || E'\n', '' order by title) as body
from labels l
cross join lateral (
  select array(select c.id from conversations c join taggings g on g.taggable_id = c.id and g.taggable_type = 'Conversation' and g.context = 'labels'
    join tags t on t.id = g.tag_id and t.name = l.title where c.created_at >= '2016-03-07' and c.created_at < '2016-03-14') as ids
) as tagged
cross join lateral (select cardinality(ids) as n, avg(value) filter (where name = 'first_response') as first,
  avg(value) filter (where name = 'conversation_resolved') as resolution, avg(value) filter (where name = 'reply_time') as reply
  from reporting_events where conversation_id = any (ids)) as averages
cross join lateral (select count(*) as resolved from reporting_events e join taggings g on g.taggable_id = e.conversation_id and g.taggable_type = 'Conversation' and g.context = 'labels'
  join tags t on t.id = g.tag_id and t.name = l.title
  where e.name = 'conversation_resolved' and e.created_at >= '2016-03-07' and e.created_at < '2016-03-14') as resolutions;

-- GET /api/v2/accounts/1/reports/drilldown?metric=resolutions_count&since=1457308800&until=1457913600&bucket_timestamp=1457481600&per_page=3
-- only: meta
select json_build_object('metric', 'resolutions_count', 'record_type', 'conversation', 'bucket', json_build_object('since', 1457481600, 'until', 1457568000),
  'current_page', 1, 'per_page', 3, 'total_count', count(*), 'conversation_count', count(distinct conversation_id)) as body
from reporting_events where name = 'conversation_resolved' and created_at >= '2016-03-09' and created_at < '2016-03-10';

-- GET /api/v2/accounts/1/reports/drilldown?metric=outgoing_messages_count&type=team&id=70&since=1457308800&until=1457913600&bucket_timestamp=1457308800&group_by=week&per_page=1
-- only: meta
select json_build_object('metric', 'outgoing_messages_count', 'record_type', 'message', 'bucket', json_build_object('since', 1457308800, 'until', 1457913600),
  'current_page', 1, 'per_page', 1, 'total_count', count(*), 'conversation_count', count(distinct m.conversation_id)) as body
from messages m join conversations c on c.id = m.conversation_id and c.team_id = 70
where message_type = 1 and m.created_at >= '2016-03-07' and m.created_at < '2016-03-14';

-- GET /api/v2/accounts/1/reports/bot_summary?type=account&since=1456790400&until=1464739200
with e as (select * from reporting_events where created_at >= '2016-03-01' and created_at < '2016-06-01'),
p as (select * from reporting_events where created_at >= '2015-11-30' and created_at < '2016-03-01')
select json_build_object(
  'bot_resolutions_count', (select count(*) from e where name = 'conversation_bot_resolved'
    and conversation_id not in (select conversation_id from e where name = 'conversation_bot_handoff' and conversation_id is not null)),
  'bot_handoffs_count', (select count(distinct conversation_id) from e where name = 'conversation_bot_handoff' and conversation_id in (select id from conversations)),
  'previous', json_build_object(
    'bot_resolutions_count', (select count(*) from p where name = 'conversation_bot_resolved'
      and conversation_id not in (select conversation_id from p where name = 'conversation_bot_handoff' and conversation_id is not null)),
    'bot_handoffs_count', (select count(distinct conversation_id) from p where name = 'conversation_bot_handoff' and conversation_id in (select id from conversations)))) as body;

-- GET /api/v1/accounts/1/csat_survey_responses/metrics?since=1457308800&until=1457913600
select json_build_object('total_count', sum(n), 'ratings_count', json_object_agg(rating, n order by rating),
  'total_sent_messages_count', (select count(*) from messages where content_type = 9 and created_at >= '2016-03-07' and created_at < '2016-03-14')) as body
from (select rating, count(*) as n from csat_survey_responses where created_at >= '2016-03-07' and created_at < '2016-03-14' group by 1) as x;

-- GET /api/v2/accounts/1/live_reports/conversation_metrics?team_id=70
select json_build_object('open', count(*) filter (where status = 0), 'unattended', count(*) filter (where status = 0 and (first_reply_created_at is null or waiting_since is not null)),
  'unassigned', count(*) filter (where status = 0 and assignee_id is null), 'pending', count(*) filter (where status = 2)) as body
from conversations where team_id = 70;
