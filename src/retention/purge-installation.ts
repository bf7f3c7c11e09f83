import { now as clockNow, type Instant } from '../clock.ts'
import { SYSTEM } from '../audit/actor.ts'
import { recordAct } from '../audit/record.ts'
import { run, transaction, type Client, type Pool } from '../db.ts'
import { isoOf } from '../time/local-text.ts'
import { DAY } from '../time/zone.ts'
import { nobodysFiles, removeFiles } from './old-files.ts'
import { LOG_ROWS } from './old-logs.ts'

export interface InstallationKeeps {
  /** Whole days, of 24 hours, for which acts that concern no account are kept; undefined: for ever. */
  logDays: number | undefined
  /** Where mails were written as files. */
  outbox: string
  signal?: AbortSignal
  now?: Instant
}

/** What an installation has beside its accounts, as far as it is not kept any longer. Returns how many rows and files went. */
export async function purgeInstallation(pool: Pool, { logDays, outbox, signal, now = clockNow() }: InstallationKeeps) {
  let total = await removeFiles(...(await nobodysFiles(pool, now, outbox)))
  while (logDays !== undefined && !signal?.aborted) {
    const gone = await transaction(pool, (tx) => purgeActs(tx, now - logDays * DAY, now))
    if (gone === 0) break
    total += gone
  }
  return total
}

/** Some of the acts that concern no account, the oldest first, with the act that records it. */
async function purgeActs(tx: Client, until: Instant, now: Instant): Promise<number> {
  // The audit log is only ever added to, but for this.
  await tx.query(`set local tidemark.retention = 'on'`)
  const gone = await run(
    tx,
    `delete from tidemark.audit_log where account_id is null and id = any (array(
       select id from tidemark.audit_log where account_id is null and at < to_timestamp($1::float8) order by at limit ${LOG_ROWS}
     ))`,
    [until],
  )
  if (gone > 0) {
    const after = { logs_before: isoOf(until), rows: { audit_log: gone } }
    const reason = 'older than the installation keeps it'
    await recordAct(tx, { actor: SYSTEM, accountId: null, at: now, action: 'retention.purge', reason, after })
  }
  return gone
}
