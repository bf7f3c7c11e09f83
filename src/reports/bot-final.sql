-- The rolled bot events of conversations $2 of account $1 in [$3, $4) (seconds), where raw events were purged: a row per id of
-- dimension $5 they count for ($6: those ids alone, or null).
select extract(epoch from b.at)::float8 as at, b.handoff, b.conversation_id, b.gone, b.dimension_id as id
from tidemark.bot_events b
where b.account_id = $1 and b.conversation_id = any ($2::bigint[]) and b.dimension = $5
  and b.at >= to_timestamp($3::float8) and b.at < to_timestamp($4::float8) and ($6::bigint[] is null or b.dimension_id = any ($6))
