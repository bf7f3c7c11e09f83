/** What holds in every generated desk: a statement each, whose rows are the offenders. */
export const invariants = {
  'takes its first replies from the events of first responses': `
    select c.id, c.first_reply_created_at, e.n from conversations c
    left join (
      select account_id, conversation_id, count(*) as n, max(event_end_time) as at from reporting_events
      where name = 'first_response' group by 1, 2
    ) e on e.conversation_id = c.id and e.account_id = c.account_id
    where c.first_reply_created_at is distinct from e.at or e.n > 1`,

  'credits each first response to the sender of the message': `
    select e.id from reporting_events e
    join conversations c on c.id = e.conversation_id
    where e.name = 'first_response' and not exists (
      select from messages m where m.account_id = e.account_id and m.conversation_id = e.conversation_id and m.created_at = e.event_end_time
        and m.message_type = 1 and not m.private and m.sender_type = 'User' and m.sender_id = e.user_id)`,

  'notes a reply time for messages of agents only, never twice for one wait': `
    select e.id from reporting_events e
    join conversations c on c.id = e.conversation_id
    where e.name = 'reply_time' and not exists (
      select from messages m where m.account_id = e.account_id and m.conversation_id = e.conversation_id and m.created_at = e.event_end_time
        and m.message_type = 1 and not m.private and m.sender_type = 'User')
    union all
    select min(id) from reporting_events where name = 'reply_time' group by conversation_id, event_start_time having count(*) > 1`,

  'has messages in the account and inbox of their conversation, not before it': `
    select m.id from messages m left join conversations c on c.id = m.conversation_id
    where c.id is null or m.inbox_id <> c.inbox_id or m.account_id <> c.account_id or m.created_at < c.created_at`,

  'has events in the account and inbox of their conversation': `
    select e.id from reporting_events e join conversations c on c.id = e.conversation_id
    where e.inbox_id <> c.inbox_id or e.account_id <> c.account_id`,

  'measures events in whole seconds, both ends cut to the second': `
    select id from reporting_events
    where value <> extract(epoch from date_trunc('second', event_end_time) - date_trunc('second', event_start_time))
      and not (name = 'conversation_opened' and value = 0)`,

  'measures openings from the latest resolution, 0 without one': `
    select e.id from reporting_events e
    where e.name = 'conversation_opened' and e.value is distinct from coalesce((
      select extract(epoch from date_trunc('second', e.event_end_time) - date_trunc('second', max(r.event_end_time))) from reporting_events r
      where r.name = 'conversation_resolved' and r.account_id = e.account_id and r.conversation_id = e.conversation_id and r.event_end_time < e.event_end_time), 0)`,

  // Told from the rows of working_hours, by the database's clock: another way than the generator's.
  'counts business hours as the working hours of the inbox say': `
    select e.id, e.value_in_business_hours, h.seconds
    from reporting_events e
    join inboxes i on i.id = e.inbox_id
    cross join lateral (
      select
        date_trunc('second', e.event_start_time) at time zone 'UTC' at time zone i.timezone as a,
        date_trunc('second', e.event_end_time) at time zone 'UTC' at time zone i.timezone as b
    ) l
    cross join lateral (
      select coalesce(sum(greatest(0, extract(epoch from
          least(l.b, d + make_interval(hours => w.close_hour, mins => w.close_minutes))
        - greatest(l.a, d + make_interval(hours => w.open_hour, mins => w.open_minutes))))), 0) as seconds
      from generate_series(date_trunc('day', l.a), l.b, interval '1 day') d
      join working_hours w on w.inbox_id = i.id and w.day_of_week = extract(dow from d) and not w.closed_all_day
    ) h
    where e.value > 0 and e.value_in_business_hours <> case when i.working_hours_enabled then h.seconds else 0 end`,

  'writes events up to three seconds after what they tell of': `
    select id from reporting_events where created_at not between event_end_time and event_end_time + interval '3.01 seconds'`,

  'counts ids in the order of time': `
    select id from (select id, created_at, lag(created_at) over (order by id) as before from messages) m where created_at < before
    union all
    select id from (select id, created_at, lag(created_at) over (order by id) as before from reporting_events) e where created_at < before`,

  'credits a resolution to the bot where it is an inbox with one and no agent has written': `
    select r.id from reporting_events r
    join conversations c on c.id = r.conversation_id
    cross join lateral (
      select
        exists (select from agent_bot_inboxes b where b.inbox_id = r.inbox_id and b.status = 0) and not exists (
          select from messages m where m.account_id = r.account_id and m.conversation_id = r.conversation_id and m.message_type = 1 and m.sender_type = 'User'
            and m.created_at < r.event_end_time) as expected,
        exists (
          select from reporting_events b where b.name = 'conversation_bot_resolved' and b.account_id = r.account_id and b.conversation_id = r.conversation_id
            and b.event_end_time = r.event_end_time) as noted
    ) bot
    where r.name = 'conversation_resolved' and bot.expected <> bot.noted`,

  'has a resolution for each resolved conversation, and nobody waiting in it': `
    select c.id from conversations c
    where c.status = 1 and (c.waiting_since is not null or not exists (
      select from reporting_events e where e.account_id = c.account_id and e.conversation_id = c.id and e.name = 'conversation_resolved'))`,

  'has no hand-off where there is no bot': `
    select e.id from reporting_events e
    where e.name in ('conversation_bot_handoff', 'conversation_bot_resolved')
      and not exists (select from agent_bot_inboxes b where b.inbox_id = e.inbox_id)`,

  'asks once a conversation how it was, and is answered later': `
    select s.id from csat_survey_responses s left join messages m on m.id = s.message_id and m.conversation_id = s.conversation_id
    where m.content_type is distinct from 9 or m.message_type <> 3 or s.created_at <= m.created_at or s.account_id <> m.account_id
    union all
    select conversation_id from messages where content_type = 9 group by 1 having count(*) > 1`,

  'lists the labels of a conversation as its taggings do': `
    select c.id from conversations c
    left join (
      select g.taggable_id, string_agg(t.name, ', ' order by g.id) as list from taggings g join tags t on t.id = g.tag_id
      where g.taggable_type = 'Conversation' and g.context = 'labels' group by 1
    ) l on l.taggable_id = c.id
    where c.cached_label_list is distinct from l.list`,

  'has a label of the account for each tagging': `
    select g.id from taggings g join tags t on t.id = g.tag_id join conversations c on c.id = g.taggable_id
    where not exists (select from labels l where l.account_id = c.account_id and l.title = t.name)`,

  'numbers the conversations of an account from 1 without a gap': `
    select account_id from conversations group by 1 having max(display_id) <> count(*) or min(display_id) <> 1`,

  'assigns conversations to members and teams of the account only': `
    select c.id from conversations c
    where c.assignee_id is not null and not exists (
        select from account_users a where a.account_id = c.account_id and a.user_id = c.assignee_id)
      or c.team_id is not null and not exists (select from teams t where t.account_id = c.account_id and t.id = c.team_id)`,

  'has only agents at work who had joined and not left': `
    select m.id from messages m join account_users a on a.user_id = m.sender_id and a.account_id = m.account_id
    where m.sender_type = 'User' and m.created_at < a.created_at`,

  'has a channel behind each inbox': `
    select i.id from inboxes i where not exists (
      select from (
        select 'Channel::Api' as type, id, account_id from channel_api
        union all select 'Channel::Email', id, account_id from channel_email
        union all select 'Channel::TwilioSms', id, account_id from channel_twilio_sms
        union all select 'Channel::WebWidget', id, account_id from channel_web_widgets
        union all select 'Channel::Whatsapp', id, account_id from channel_whatsapp
      ) c where c.type = i.channel_type and c.id = i.channel_id and c.account_id = i.account_id)`,

  'uses the enumerations’ values only': `
    select id from conversations where status not in (0, 1, 2, 3) or priority not in (0, 1, 2, 3)
    union all select id from messages where message_type not in (0, 1, 2, 3) or content_type not in (0, 9) or status not in (0, 3)
      or sender_type not in ('User', 'Contact', 'AgentBot')
    union all select id from account_users where role not in (0, 1) or availability not in (0, 1, 2)
    union all select id from csat_survey_responses where rating not between 1 and 5
    union all select id from labels where title <> lower(title)`,
}
