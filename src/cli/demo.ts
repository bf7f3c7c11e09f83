import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { accountZone } from '../accounts/zone.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { config } from '../config.ts'
import { openDatabase } from '../database.ts'
import { one, openPool, type Pool } from '../db.ts'
import { demoAccounts, loadDemo, type DemoAccount } from '../demo/load.ts'
import { createDigest, digestsOf } from '../digests/definition/digest.ts'
import { runDigest } from '../digests/composing/run-digest.ts'
import { Refusal } from '../errors.ts'
import type { Job } from '../job.ts'
import { migrate } from '../migrate.ts'
import { requestBackfill } from '../rollups/backfill.ts'
import { coverageOf } from '../rollups/coverage.ts'
import { unitStart } from '../time/calendar.ts'
import { UTC, type Zone } from '../time/zone.ts'
import { runShown } from './backfill.ts'
import { progressBar } from './print.ts'
import { start, stopOnSignal } from './processes.ts'

/** `tidemark demo`: an embedded database with two demo desks, rolled; the API; the jobs; a digest in the outbox. */
export function registerDemo(program: Command, jobs: readonly Job[]): void {
  program
    .command('demo')
    .description('try it: embedded database, two demo desks, the API, a digest in the outbox')
    .action(async () => {
      if (config.production) throw new Refusal('production', 'The demo makes up data; it does not run with NODE_ENV=production.')
      if (config.databaseUrl) throw new Refusal('database', 'The demo brings its own database; unset DATABASE_URL.')
      const database = await openDatabase()
      try {
        const accounts = await prepare(database.url)
        const running = await start(['web', 'worker'], jobs)
        process.stdout.write(invitation(running.url ?? '', accounts))
        await stopOnSignal(running)
      } finally {
        await database.close()
      }
    })
}

type Desk = DemoAccount & { zone: Zone }

async function prepare(url: string): Promise<Desk[]> {
  const pool = openPool(url)
  try {
    await migrate(url)
    const bar = progressBar('Demo desk')
    await loadDemo(pool, now(), ({ conversations, of }) => bar(conversations, of, `${conversations} conversations`))
    const accounts = await demoAccounts(pool)
    for (const { id } of accounts) await roll(pool, id)
    for (const { id } of accounts) await ensureDigest(pool, id)
    return await Promise.all(accounts.map(async (account) => ({ ...account, zone: await accountZone(pool, account.id) })))
  } finally {
    await pool.end()
  }
}

/** Rolls the account's history, or what an interrupted start left of it. */
async function roll(pool: Pool, accountId: number): Promise<void> {
  const covered = (await coverageOf(pool, accountId))?.covered ?? []
  if (covered.some((span) => span.from === -Infinity && span.until === Infinity)) return
  await runShown(pool, await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'Demo' }))
}

async function administratorOf(pool: Pool, accountId: number): Promise<number> {
  const first = 'select user_id as id from account_users where account_id = $1 and role = 1 order by user_id limit 1'
  return (await one<{ id: number }>(pool, first, [accountId])).id
}

/** A digest on Mondays at eight, and last week's in the outbox; started again, neither a second time. */
async function ensureDigest(pool: Pool, accountId: number): Promise<void> {
  const [existing] = await digestsOf(pool, accountId)
  const digest =
    existing ??
    (await createDigest(
      pool,
      accountId,
      {
        name: 'Weekly report',
        ownerId: await administratorOf(pool, accountId),
        zone: (await accountZone(pool, accountId)).name,
        cadence: { every: 'week', weekdays: [1], time: '08:00' },
        recipients: [{ address: 'manager@example.com' }],
        formats: ['inline', 'csv', 'xlsx'],
      },
      byCommand(now()),
    ))
  await runDigest(pool, digest, now())
}

function invitation(url: string, accounts: Desk[]): string {
  const [first] = accounts
  const zone = first?.zone ?? UTC
  const [since, until] = [unitStart(zone, now(), 'day', -28), unitStart(zone, now(), 'day')]
  const desks = accounts.map(({ id, name, token }) => `  ${name} (account ${id})   api_access_token: ${token}`).join('\n')
  return `
Tidemark is at ${url}

${desks}

  curl -H "api_access_token: ${first?.token}" \\
    "${url}/api/v2/accounts/${first?.id}/reports/summary?type=account&since=${since}&until=${until}"

Last week's digests are in ${resolve(join(config.dataDir, 'outbox'))}. Ctrl-C stops everything.
`
}
