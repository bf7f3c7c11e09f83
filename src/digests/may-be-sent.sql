-- Why the mail to address $3 about digest $2 of account $1 is not wanted; no row when it may be sent. A notice ($4) speaks of the
-- digest to who answers for it: only who wants no mail of the account at all is not sent it.
select reason
from tidemark.suppressions
where account_id = $1 and address = lower($3) and (digest_id = 0 or (digest_id = $2 and not $4))
order by digest_id
limit 1
