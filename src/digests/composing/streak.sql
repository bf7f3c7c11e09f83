-- What slot $3 of digest $2 (account $1) came to, and the streak of failed periods that it is in, of those due since the digest
-- was made or resumed: `first` is the slot with which it began (the first that did not reach everybody), `nobody` how many
-- periods in a row reached nobody at all, up to this one.
with judged as (
  select v.*
  from tidemark.verdicts v
  join tidemark.digests d on d.account_id = v.account_id and d.id = v.digest_id
  join tidemark.digest_slots this on this.account_id = v.account_id and this.id = $3
  where v.account_id = $1 and d.account_id = $1 and this.account_id = $1 and v.digest_id = $2 and v.verdict is not null
    and v.due_at <= this.due_at and (v.due_at > d.active_since or v.slot_id = $3)
),
ends as (
  select max(due_at) filter (where verdict = 'everybody') as everybody, max(due_at) filter (where verdict <> 'nobody') as anybody
  from judged
)
select j.verdict, j.reached, j.failed, s.period_start as "firstDate", s.period_end as "lastDate", s.note, d.name, d.language,
  d.zone, d.paused_at is not null as paused,
  (
    select slot_id
    from judged
    cross join ends
    where verdict <> 'everybody' and due_at > coalesce(ends.everybody, '-infinity')
    order by due_at, slot_id
    limit 1
  ) as first,
  (select count(*) from judged cross join ends where due_at > coalesce(ends.anybody, '-infinity')) as nobody
from judged j
join tidemark.digest_slots s on s.account_id = $1 and s.id = j.slot_id
join tidemark.digests d on d.account_id = $1 and d.id = $2
where j.slot_id = $3
