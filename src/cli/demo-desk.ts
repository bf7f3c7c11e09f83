import { accountZone } from '../accounts/zone.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { one, openPool, type Pool } from '../db.ts'
import { demoAccounts, DEMO, loadDemo, type Demo, type DemoAccount } from '../demo/load.ts'
import { runDigest } from '../digests/composing/run-digest.ts'
import { createDigest, digestsOf } from '../digests/definition/digest.ts'
import { migrate } from '../migrate.ts'
import { requestBackfill } from '../rollups/backfill/backfill.ts'
import { coverageOf } from '../rollups/coverage.ts'
import { unitStart } from '../time/calendar.ts'
import { UTC, type Zone } from '../time/zone.ts'
import { runShown } from './backfill.ts'
import { progressBar } from './print.ts'

/** A demo desk with a token of its administrator. */
export type Desk = DemoAccount & { zone: Zone }

/**
 * Brings a standalone database up to date, fills it with the demo desks unless it has accounts, rolls their history and sends last
 * week's digest. Again, it does what is left to do.
 */
export async function prepareDesks(url: string, demo: Demo = DEMO): Promise<Desk[]> {
  const pool = openPool(url)
  try {
    await migrate(url)
    const bar = progressBar('Demo desk')
    await loadDemo(pool, demo, now(), ({ conversations, of }) => bar(conversations, of, `${conversations} conversations`))
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

/** What to try on the desks. @param ending where the digests are */
export function invitation(url: string, accounts: Desk[], ending: string): string {
  const [first] = accounts
  const zone = first?.zone ?? UTC
  const [since, until] = [unitStart(zone, now(), 'day', -28), unitStart(zone, now(), 'day')]
  const desks = accounts.map(({ id, name, token }) => `  ${name} (account ${id})   api_access_token: ${token}`).join('\n')
  return `
Tidemark is at ${url}

${desks}

  curl -H "api_access_token: ${first?.token}" \\
    "${url}/api/v2/accounts/${first?.id}/reports/summary?type=account&since=${since}&until=${until}"

${ending}
`
}
