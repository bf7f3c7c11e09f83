import { many, one, sql } from '../db.ts'
import { migrationStates, schemaProblem } from '../migrations.ts'
import { fail, ok, warn, type Check } from './check.ts'

const brokenTriggers = sql(import.meta.url, './broken-triggers.sql')

/** Whether the tables are those of this release. */
export const migrations: Check = {
  name: 'migrations',
  needs: 'database',
  async look({ pool }) {
    const problem = await schemaProblem(pool)
    if (problem) return fail('the tables are a newer release’s', problem)
    const states = await migrationStates(pool)
    const pending = states.filter(({ appliedAt }) => appliedAt === null)
    if (pending.length > 0) {
      return fail(
        `${pending.length} pending: ${pending[0]?.name}${pending.length > 1 ? ' …' : ''}`,
        'Run `tidemark migrate`, or `tidemark attach` on a Chatwoot database.',
      )
    }
    const newer = states.filter(({ known }) => !known)
    if (newer.length > 0) {
      return warn(
        `current, and ${newer.length} of a newer release: ${newer.at(-1)?.name}`,
        'That is fine while a newer release takes over; else run that one.',
      )
    }
    return ok(`${states.length} applied, none pending`)
  },
}

/** Whether every change of a raw row leaves its mark. */
export const triggers: Check = {
  name: 'triggers',
  needs: 'tables',
  async look({ pool }) {
    const broken = await many<{ relation: string; name: string; state: string }>(pool, brokenTriggers)
    if (broken.length > 0) {
      const named = broken.map(({ relation, name, state }) => `${relation}.${name} ${state}`)
      return fail(
        `${broken.length} do not fire: ${named.slice(0, 3).join(', ')}${named.length > 3 ? ' …' : ''}`,
        'What changed meanwhile is not rolled. Enable them (`alter table … enable trigger …`), or detach and attach again, then run a backfill of that time.',
      )
    }
    const { subscribed } = await one<{ subscribed: boolean }>(
      pool,
      `select exists (select from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = current_database())
         and exists (select from pg_trigger where tgname like 'tidemark\\_%' and tgenabled = 'O') as subscribed`,
    )
    if (!subscribed) return ok('on all raw tables, enabled')
    return warn(
      'enabled, but this database is a subscriber of logical replication, whose rows fire no trigger',
      'Make them fire: `alter table … enable always trigger …` for each trigger named tidemark_….',
    )
  },
}
