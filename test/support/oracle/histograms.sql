-- Where the histograms stored in the buckets of [$2, $3) (seconds) differ from those of the raw events: none if all is well.
-- $1 account, $4 the edges of the bins; /*table*/ is the table of the days or of the months.
with stored as (
  select (array['account', 'inbox', 'agent', 'team', 'label'])[h.dimension + 1] as dimension, h.dimension_id as id, s.name, s.clock,
    entry % 1024 as bin, sum(entry / 1024) as n
  from tidemark./*table*/ h
  cross join lateral (
    values ('first_response', 'value', first_response_value), ('first_response', 'business', first_response_business),
      ('reply_time', 'value', reply_value), ('reply_time', 'business', reply_business),
      ('conversation_resolved', 'value', resolution_value), ('conversation_resolved', 'business', resolution_business)
  ) as s (name, clock, entries)
  cross join lateral unnest(s.entries) as entry
  where h.account_id = $1 and h.bucket >= to_timestamp($2::float8) and h.bucket < to_timestamp($3::float8)
  group by 1, 2, 3, 4, 5
),
happened as (
  select e.dimension, e.id, e.name, t.clock, width_bucket(t.seconds, $4::float8[]) as bin, count(*) as n
  from oracle.events e
  cross join lateral (values ('value', e.value), ('business', e.value_in_business_hours)) as t (clock, seconds)
  where e.account_id = $1::int and t.seconds is not null and e.name in ('first_response', 'reply_time', 'conversation_resolved')
    and e.created_at >= to_timestamp($2::float8) at time zone 'UTC' and e.created_at < to_timestamp($3::float8) at time zone 'UTC'
  group by 1, 2, 3, 4, 5
)
select dimension, id, name, clock, bin, s.n as stored, h.n as happened
from stored s full join happened h using (dimension, id, name, clock, bin)
where s.n is distinct from h.n
limit 10
