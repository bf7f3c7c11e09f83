-- Adds the rows of days by tag and inbox, counted from the raw rows. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the days (seconds). /*…*/: see statements.ts.
insert into tidemark.tagged_daily (account_id, bucket, tag_id, inbox_id, conversations, outgoing_messages)
select $1, to_timestamp(($2::float8[])[slot]), tag_id, inbox_id, sum(conversations), sum(outgoing_messages)
from (
  select slot, tag_id, inbox_id, conversations, 0 as outgoing_messages from (/*conversations*/) as created
  union all
  select slot, tag_id, inbox_id, 0, outgoing_messages from (/*messages*/) as written
) as happened
group by slot, tag_id, inbox_id
order by slot, tag_id, inbox_id
