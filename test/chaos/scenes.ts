import { expect } from 'vitest'
import { openPool, run, type Pool } from '../../src/db.ts'
import { composeDueDigests } from '../../src/digests/composing/compose.ts'
import { planDueDigests } from '../../src/digests/composing/plan.ts'
import { migrate } from '../../src/migrate.ts'
import { requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { DUE, berlinDigest, openBerlin } from '../digests/desk.ts'
import { keep } from '../retention/desk.ts'
import { drain } from '../support/recompute.ts'

/** A desk on which a job finds something to do. */
export interface Scene {
  pool: Pool
  accountId: number
}

/** What a job finds to do. Each returns the job's payload. */
export const scenes: Record<string, (scene: Scene) => Promise<Record<string, unknown> | void>> = {
  async sweep({ pool }) {
    await run(pool, `update tags set name = 'renamed' where id = (select min(id) from tags)`)
  },
  'roll-account': async ({ accountId }) => ({ accountId }),
  async 'follow-zones'({ pool, accountId }) {
    await drain(pool, DUE)
    await run(pool, `update accounts set settings = '{"reporting_timezone": "Asia/Kathmandu"}' where id = $1`, [accountId])
  },
  async 'follow-definitions'({ pool }) {
    await drain(pool, DUE)
    await run(pool, `update tidemark.accounts set definitions = '0'`)
  },
  async 'resume-backfills'(scene) {
    await askForBackfill(scene)
  },
  'backfill-account': async (scene) => ({ accountId: scene.accountId, backfillId: await askForBackfill(scene) }),
  async reconcile({ pool }) {
    await drain(pool, DUE)
    const wrong = `update tidemark.rollup_hourly set incoming_messages = incoming_messages + 1 where bucket > to_timestamp($1)`
    expect(await run(pool, wrong, [DUE - 86_400])).toBeGreaterThan(0)
  },
  async 'plan-digests'({ pool }) {
    await drain(pool, DUE)
  },
  async 'compose-digests'({ pool }) {
    await drain(pool, DUE)
    await planDueDigests(pool, DUE)
  },
  async 'deliver-digests'({ pool }) {
    await drain(pool, DUE)
    await planDueDigests(pool, DUE)
    await composeDueDigests(pool, DUE)
  },
  async purge({ pool, accountId }) {
    await drain(pool, DUE)
    await keep(pool, accountId, { raw: 8, hourly: 10 })
  },
}

async function askForBackfill({ pool, accountId }: Scene): Promise<number> {
  await run(pool, `update tidemark.accounts set covered = '{}'`)
  return (await requestBackfill(pool, { accountId, since: -Infinity, until: Infinity, reason: 'again' })).id
}

/** Makes a desk whose history is marked and not rolled, with a digest for two people that is due. */
export async function makeBusyDesk(url: string): Promise<void> {
  await migrate(url)
  const pool = openPool(url)
  await run(pool, `select ensure_raw_months('2026-02-01', '2026-04-01')`)
  const desk = await openBerlin(pool, 12)
  await berlinDigest(pool, desk, { recipients: ['ana@example.com', 'ben@example.com'], formats: ['csv'] })
  await pool.end()
}
