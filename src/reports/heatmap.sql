-- How many counted rows fell into each hour of the local week: cell (0 is Monday at 0 h, 167 Sunday at 23 h) and n.
-- /*…*/: the rows (see counted-rows.ts), the instants (seconds) from which each offset of the zone holds, and the offsets.
select (((floor((t.seconds + (/*offsets*/::int[])[width_bucket(t.seconds, /*starts*/::float8[])]) / 3600)::bigint + 72) % 168 + 168) % 168)::int as cell,
  count(*)::int as n
from (/*rows*/) as r
cross join lateral (select extract(epoch from r.at)::float8 as seconds) as t
group by 1
