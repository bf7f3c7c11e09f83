import { run, type Pool } from '../../src/db.ts'
import { bucketTables } from '../../src/rollups/rolling/statements.ts'

/**
 * Has PostgreSQL refuse every transaction that changes rolled rows of an account and leaves its row in `tidemark.accounts` alone: what
 * web processes remember of rolled rows is as good as that row is old.
 */
export async function requireWrittenAccounts(pool: Pool): Promise<void> {
  await run(
    pool,
    `create function require_written_account() returns trigger language plpgsql as $$
     declare
       account bigint := (case when tg_op = 'DELETE' then old else new end).account_id;
     begin
       if not exists (
         select from tidemark.accounts where account_id = account and pg_xact_status(xmin::text::xid8) = 'in progress'
       ) then
         raise exception 'rolled rows of account % changed in %, and its own row did not', account, tg_table_name;
       end if;
       return null;
     end $$`,
  )
  for (const table of bucketTables) {
    await run(
      pool,
      `create constraint trigger require_written_account after insert or update or delete on tidemark.${table}
       deferrable initially deferred for each row execute function require_written_account()`,
    )
  }
}
