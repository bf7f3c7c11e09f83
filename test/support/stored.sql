-- The counts and sums that are stored, a row each as the facts of facts.sql are: what is not nought of the columns that a fact can be
-- of. The catalog names them here, once: taking rows of JSON apart in each question took three times as long in all.
do $$
begin
  execute (
    select 'create view by_hand.stored as ' || string_agg(
      format(
        'select %L as unit, r.account_id, r.dimension, r.dimension_id as id, r.bucket, p.part, p.amount '
        'from tidemark.%I r cross join lateral (values %s) as p (part, amount) where p.amount <> 0',
        unit, rolled, (
          select string_agg(format('(%L, r.%I::float8)', attname, attname), ', ')
          from pg_attribute
          where attrelid = format('tidemark.%I', rolled)::regclass and attnum > 0 and not attisdropped
            and attname <> all ('{account_id,dimension,bucket,dimension_id,bot_resolutions,bot_resolutions_detached,bot_handoffs,tagged_resolutions}')
            and attname !~ '^first_response_(value|business)_n|^reply_(value|business)_n|^resolution_(value|business)_n|^created_.*_business_'
        )
      ), ' union all ')
    from (values ('hour', 'rollup_hourly'), ('day', 'rollup_daily'), ('month', 'rollup_monthly')) as t (unit, rolled)
  );
end $$;
