-- How account $1 is rolled by the definitions $2 (see coverage.sql), and what of it is dirty: quarter hours, each with whether only its
-- label rows are out of date, and whether there are marks of wide scope. `version` names the transaction that wrote the account's row
-- last. One statement, as every report begins with it.
select c.*, (select concat_ws(' ', a.xmin, a.rolled_at) from tidemark.accounts as a where a.account_id = $1) as version,
  d.quarters, d.labels_only as "labelsOnly",
  tidemark.has_wide_marks($1) as wide
from (/*coverage*/) as c
cross join (
  select coalesce(array_agg(extract(epoch from quarter)::float8), '{}') as quarters, coalesce(array_agg(labels_only), '{}') as labels_only
  from tidemark.dirty_quarters($1, '-infinity')
) as d
