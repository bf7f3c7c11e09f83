-- All that a database is, beside its rows: a line of text per schema, table, column, default, constraint, index, trigger, rule,
-- function, type, extension, right and comment, and one per system table with how many entries it has.
select concat_ws(' ', 'schema', nspname, nspowner::regrole, nspacl) as line
from pg_namespace where nspname !~ '^pg_(toast_)?temp_'
union all
select concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl, c.reloptions, c.relpersistence)
from pg_class c where c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
union all
select concat_ws(' ', 'column', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, a.attoptions,
  pg_get_expr(d.adbin, d.adrelid))
from pg_attribute a
join pg_class c on c.oid = a.attrelid and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attnum > 0
union all
select concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint where conrelid <> 0
union all
select concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid) from pg_index
where indrelid::regclass::text !~ '^(pg_|information_schema)'
union all
select concat_ws(' ', 'trigger', pg_get_triggerdef(oid), tgenabled) from pg_trigger where not tgisinternal
union all
select concat_ws(' ', 'rule', ev_class::regclass, pg_get_ruledef(oid)) from pg_rewrite
where ev_class::regclass::text !~ '^(pg_|information_schema)'
union all
select concat_ws(' ', 'function', p.oid::regprocedure, p.proowner::regrole, p.proacl, p.proconfig, md5(p.prosrc), p.prosecdef)
from pg_proc p where p.pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
union all
select concat_ws(' ', 'type', t.oid::regtype, t.typtype) from pg_type t
where t.typnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
union all
select concat_ws(' ', 'extension', extname, extversion) from pg_extension
union all
select concat_ws(' ', 'comment', classoid::regclass, pg_describe_object(classoid, objoid, objsubid), description) from pg_description
where classoid <> 'pg_namespace'::regclass or objoid::regnamespace::text !~ '^pg_'
union all
select concat_ws(' ', 'setting', setrole, setconfig) from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())
union all
select concat_ws(' ', 'default right', defaclrole::regrole, defaclobjtype, defaclacl) from pg_default_acl
union all
-- Whatever this statement does not know of counts all the same.
select concat_ws(' ', 'entries', c.relname, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from pg_catalog.%I', c.relname), false, true, '')))[1])
from pg_class c
where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and not c.relisshared and c.relname not in ('pg_statistic', 'pg_statistic_ext_data')
order by 1
