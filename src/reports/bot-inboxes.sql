-- The inboxes of account $1 that have an active bot at this moment: an agent bot that is switched on, an enabled
-- Dialogflow hook, or an assistant while the account has responses left (without a limit of its own it has 100,000).
select i.id
from inboxes i
join accounts a on a.id = i.account_id
cross join lateral (
  select
    coalesce(substring(a.limits ->> 'captain_responses' from '^\s*([+-]?\d{1,18})')::bigint,
      case when a.limits ->> 'captain_responses' is null then 100000 else 0 end) as allowed,
    greatest(coalesce(substring(a.custom_attributes ->> 'captain_responses_usage' from '^\s*([+-]?\d{1,18})')::bigint, 0), 0) as used
) as responses
where i.account_id = $1
  and (
    exists (
      select from agent_bot_inboxes b
      where b.inbox_id = i.id and b.status = 0 and coalesce(b.account_id, i.account_id) = i.account_id
    )
    or exists (
      select from integrations_hooks h
      where h.inbox_id = i.id and h.app_id = 'dialogflow' and h.status = 1 and coalesce(h.account_id, i.account_id) = i.account_id
    )
    or responses.allowed > responses.used and exists (
      select from captain_inboxes ci
      join captain_assistants ca on ca.id = ci.captain_assistant_id and ca.account_id = i.account_id
      where ci.inbox_id = i.id
    )
  )
