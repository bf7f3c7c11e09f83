-- Adds the rows of months by tag and inbox from those of their days. Run after the old ones were deleted.
-- $1 account, $2 and $3 starts and ends of the months (seconds).
insert into tidemark.tagged_monthly (account_id, bucket, tag_id, inbox_id, conversations, outgoing_messages)
select $1::int, to_timestamp(b.starts), d.tag_id, d.inbox_id, sum(d.conversations), sum(d.outgoing_messages)
from unnest($2::float8[], $3::float8[]) as b (starts, ends)
cross join lateral (
  select d.* from tidemark.tagged_daily d
  where d.account_id = $1 and d.bucket >= to_timestamp(b.starts) and d.bucket < to_timestamp(b.ends)
  offset 0
) as d
group by b.starts, d.tag_id, d.inbox_id
order by b.starts, d.tag_id, d.inbox_id
