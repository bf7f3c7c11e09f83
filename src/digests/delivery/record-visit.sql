-- Records that link $2 of account $1 was used at $4 for file $3 (null: its page), unless that happened $6 times since $5: then no
-- row is written. Requests that come at once may all be let through; only the next one counts them.
insert into tidemark.link_visits (account_id, link_id, file, at)
select $1, $2, $3, to_timestamp($4)
where (
  select count(*) from tidemark.link_visits where account_id = $1 and link_id = $2 and at > to_timestamp($5)
) < $6
