-- Shuts, at $4 by user $5, all links that were sent to addresses $2 (in lower case) or users $3 of account $1.
update tidemark.links l
set revoked_at = to_timestamp($4), revoked_by = $5
from tidemark.deliveries d
where l.account_id = $1 and d.account_id = $1 and d.id = l.delivery_id and l.revoked_at is null
  and (lower(d.recipient) = any ($2) or d.user_id = any ($3))
