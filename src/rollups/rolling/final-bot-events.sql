-- Tells the bot events of conversations $2 of account $1 from before $3 (seconds), whose raw events were purged, which handoff
-- comes next now. Everything else of them is final.
update tidemark.bot_events b
set handoff_after = following.at
from tidemark.bot_events f
cross join lateral (
  select min(h.at) as at from tidemark.bot_events h
  where h.account_id = $1 and h.conversation_id = f.conversation_id and h.dimension = f.dimension
    and h.dimension_id = f.dimension_id and h.handoff and (h.at, h.event_id) > (f.at, f.event_id)
) as following
where f.account_id = $1 and f.conversation_id = any ($2::bigint[]) and f.at < to_timestamp($3::float8)
  and b.account_id = $1 and b.conversation_id = f.conversation_id and b.dimension = f.dimension
  and b.dimension_id = f.dimension_id and b.event_id = f.event_id
  and b.handoff_after is distinct from following.at
