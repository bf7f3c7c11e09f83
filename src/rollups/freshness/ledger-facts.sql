-- What is on record of account $1, for the state of its buckets from $2 to $3 (seconds). Stretches as [[from, until], …] in seconds,
-- null for an infinite end. No row: Tidemark does not know the account yet.
select
  (select coalesce(jsonb_agg(jsonb_build_array(extract(epoch from nullif(lower(s), '-infinity')), extract(epoch from nullif(upper(s), 'infinity'))) order by s), '[]')
    from unnest(a.covered + a.outdated) as s) as rolled,
  extract(epoch from a.raw_since)::float8 as "rawSince",
  extract(epoch from a.hourly_since)::float8 as "hourlySince",
  extract(epoch from a.daily_since)::float8 as "dailySince",
  -- What a backfill under way has still to roll: all it was asked for until it is laid out.
  (select coalesce(jsonb_agg(jsonb_build_array(extract(epoch from nullif(lower(s), '-infinity')), extract(epoch from nullif(upper(s), 'infinity')))), '[]')
    from tidemark.backfills b
    cross join lateral unnest(case when b.days is null then tstzmultirange(tstzrange(b.since, b.until)) else b.todo end) as s
    where b.account_id = $1 and b.state in ('queued', 'running', 'paused')) as queued,
  array(select distinct extract(epoch from d.hour)::float8 from tidemark.dirty_hours d
    where d.account_id = $1 and d.failures > 0 and d.hour > to_timestamp($2::float8 - 900) and d.hour < to_timestamp($3::float8)) as failed,
  array(select extract(epoch from v.day)::float8 from tidemark.verified_days v
    where v.account_id = $1 and v.day >= to_timestamp($2) and v.day < to_timestamp($3)) as verified
from tidemark.accounts a
where a.account_id = $1
