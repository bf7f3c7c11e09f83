-- How many bot events of some rolled stretches do not count: a row per piece and id. A handoff does not when its conversation
-- is gone or was handed off before in the same piece, a resolution when it was handed off anywhere in the range.
-- $1 account, $2 dimension, $3 ids or null, $4 and $5 starts and ends of the stretches (seconds), $6 starts of the pieces,
-- $7 and $8 the range, $9 conversations to leave out (counted from their raw rows).
select p.piece - 1 as piece, b.dimension_id as id,
  count(*) filter (where b.handoff and (b.gone or b.handoff_before >= to_timestamp(($6::float8[])[p.piece])))::int as handoffs,
  count(*) filter (where not b.handoff and (b.handoff_before >= to_timestamp($7::float8) or b.handoff_after < to_timestamp($8::float8)))::int
    as resolutions
from unnest($4::float8[], $5::float8[]) as run (starts, ends)
join tidemark.bot_events b
  on b.account_id = $1 and b.dimension = $2 and b.at >= to_timestamp(run.starts) and b.at < to_timestamp(run.ends)
  and (b.gone or b.handoff_before is not null or b.handoff_after is not null)
cross join lateral (select width_bucket(extract(epoch from b.at)::float8, $6::float8[]) as piece) as p
where ($3::bigint[] is null or b.dimension_id = any ($3)) and not b.conversation_id = any ($9::bigint[])
group by 1, 2
