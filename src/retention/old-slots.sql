-- The slots of digests of account $1 whose snapshots and deliveries go, of those due before $2 (seconds): nothing of them is left
-- to do, no link to them is open at $3, and no later snapshot is compared with them (the two newest of each digest stay, and 400
-- days of one that is compared with the year before). The oldest first, at most $4.
select s.id
from tidemark.digest_slots s
join tidemark.digests d on d.account_id = $1 and d.id = s.digest_id
where s.account_id = $1 and s.due_at < to_timestamp($2::float8) and s.state in ('done', 'missed', 'skipped')
  and (
    exists (select from tidemark.deliveries v where v.account_id = $1 and v.slot_id = s.id)
    or exists (select from tidemark.snapshots n where n.account_id = $1 and n.slot_id = s.id)
  )
  and not exists (
    select from tidemark.deliveries v
    where v.account_id = $1 and v.slot_id = s.id
      and (v.finished_at is null and v.resolution is null
        or exists (
          select from tidemark.links l
          where l.account_id = $1 and l.delivery_id = v.id and l.revoked_at is null and l.expires_at > to_timestamp($3::float8)
        ))
  )
  and 2 <= (
    select count(*) from tidemark.digest_slots later
    where later.account_id = $1 and later.digest_id = s.digest_id and later.period_end > s.period_end
  )
  and (d.comparison <> 'year' or s.due_at < to_timestamp($3) - interval '400 days')
order by s.due_at, s.id
limit $4
