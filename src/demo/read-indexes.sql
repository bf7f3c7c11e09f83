-- The indexes of the table $1 that are neither unique nor a key, each with the statements that drop it and make it again.
-- An index of a partitioned table covers its partitions' ones, although its definition says ONLY.
select
  format('drop index %s', i.indexrelid::regclass) as drop,
  replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as make
from pg_index i
where i.indrelid = $1::regclass and not i.indisunique and not i.indisprimary
order by i.indexrelid::regclass::text
