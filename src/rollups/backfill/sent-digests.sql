-- Digests of account $1 of which a mail was sent, or may have been (uncertain), and whose period meets one of the stretches from $2 to $3 (seconds), the
-- newest period first, at most $4. `total`: how many there are.
select s.digest_id as "digestId", d.name, s.period_start::text as "firstDate", s.period_end::text as "lastDate",
  extract(epoch from s.period_start::timestamp at time zone s.zone)::float8 as "from",
  extract(epoch from (s.period_end + 1)::timestamp at time zone s.zone)::float8 as until, count(*) over ()::int as total
from tidemark.digest_slots s
join tidemark.digests d on d.account_id = s.account_id and d.id = s.digest_id
where s.account_id = $1 and exists (
  select from tidemark.deliveries v
  where v.account_id = s.account_id and v.slot_id = s.id and v.state in ('sent', 'uncertain') and v.snapshot_id is not null
) and exists (
  select from unnest($2::float8[], $3::float8[]) as span (f, u)
  where to_timestamp(f) < (s.period_end + 1)::timestamp at time zone s.zone
    and to_timestamp(u) > s.period_start::timestamp at time zone s.zone
)
order by s.period_start desc, s.digest_id limit $4
