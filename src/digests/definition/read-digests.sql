-- The digests of account $1 by id, at most $3, with their recipients and groups; with $2 only those with these ids.
select d.id, d.account_id as "accountId", d.name, d.owner_id as "ownerId", d.zone, d.cadence, d.data_window as "window",
  d.first_weekday as "firstWeekday", d.starts_on as "startsOn", d.ends_on as "endsOn", d.comparison, d.filter,
  d.business_hours as "businessHours", d.formats, d.csv_delimiter as "csvDelimiter", d.language, d.condition,
  d.when_incomplete as "whenIncomplete", d.patience_hours as "patienceHours", d.paused_at is not null as paused,
  extract(epoch from d.paused_at)::float8 as "pausedAt", d.pause_reason as "pauseReason",
  extract(epoch from d.active_since)::float8 as "activeSince", extract(epoch from d.planned_until)::float8 as "plannedUntil",
  extract(epoch from d.created_at)::float8 as "createdAt", extract(epoch from d.updated_at)::float8 as "updatedAt",
  coalesce(r.recipients, '[]') as recipients, coalesce(g.groups, '{}') as groups
from tidemark.digests d
left join lateral (
  select jsonb_agg(
    case when user_id is null then jsonb_build_object('address', address, 'lens', lens)
      else jsonb_build_object('userId', user_id, 'lens', lens) end
    order by id
  ) as recipients
  from tidemark.recipients
  where account_id = $1 and digest_id = d.id
) r on true
left join lateral (
  select array_agg(group_id order by group_id) as groups from tidemark.digest_groups where account_id = $1 and digest_id = d.id
) g on true
where d.account_id = $1 and ($2::bigint[] is null or d.id = any ($2))
order by d.id
limit $3
