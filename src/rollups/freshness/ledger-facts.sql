-- What is on record of each of accounts $1, for the state of its buckets from $2 to $3 (seconds, for each account). Stretches as
-- [[from, until], …] in seconds, null for an infinite end. No row of an account: Tidemark does not know it yet.
select a.account_id as id,
  (select coalesce(jsonb_agg(jsonb_build_array(extract(epoch from nullif(lower(s), '-infinity')), extract(epoch from nullif(upper(s), 'infinity'))) order by s), '[]')
    from unnest(a.covered + a.outdated) as s) as rolled,
  extract(epoch from a.raw_since)::float8 as "rawSince",
  extract(epoch from a.hourly_since)::float8 as "hourlySince",
  extract(epoch from a.daily_since)::float8 as "dailySince",
  -- What a backfill under way has still to roll: all it was asked for until it is laid out.
  (select coalesce(jsonb_agg(jsonb_build_array(extract(epoch from nullif(lower(s), '-infinity')), extract(epoch from nullif(upper(s), 'infinity')))), '[]')
    from tidemark.backfills b
    cross join lateral unnest(case when b.days is null then tstzmultirange(tstzrange(b.since, b.until)) else b.todo end) as s
    where b.account_id = a.account_id and b.state in ('queued', 'running', 'paused')) as queued,
  array(select distinct extract(epoch from d.hour)::float8 from tidemark.dirty_hours d
    where d.account_id = a.account_id and d.failures > 0 and d.hour > to_timestamp(g.since - 900) and d.hour < to_timestamp(g.until)) as failed,
  array(select extract(epoch from v.day)::float8 from tidemark.verified_days v
    where v.account_id = a.account_id and v.day >= to_timestamp(g.since) and v.day < to_timestamp(g.until)) as verified
from unnest($1::bigint[], $2::float8[], $3::float8[]) as g (account_id, since, until)
join tidemark.accounts a on a.account_id = g.account_id
