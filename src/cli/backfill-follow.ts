import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../db.ts'
import { Refusal } from '../errors.ts'
import { backfill } from '../rollups/backfill/backfill.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { underWay, type Backfill } from '../rollups/backfill/backfill-row.ts'
import { backfillProgress } from './backfill-progress.ts'
import { remark } from './print.ts'

/** Seconds that a backfill may be queued before it is said that it waits for a worker. */
const PATIENCE = 15

/** Shows on standard error how workers get on with a backfill, until it ends or `signal` fires. */
export async function follow(pool: Pool, accountId: number, id: number, signal: AbortSignal): Promise<Backfill> {
  const show = backfillProgress(pool, accountId, await bucketZone(pool, accountId))
  let [seconds, revision, waits] = [0, -1, false]
  for (;;) {
    const at = await backfill(pool, accountId, id)
    if (at.revision !== revision || at.waitsForTurn !== waits) await show(at)
    ;[revision, waits] = [at.revision, at.waitsForTurn]
    if (!underWay.includes(at.state) || signal.aborted) return at
    if (at.state === 'queued' && !waits && ++seconds === PATIENCE)
      remark('It is still queued: is a worker running (tidemark worker)?')
    await sleep(1000, undefined, { signal }).catch(() => {})
  }
}

/** @throws Refusal for a backfill that did not get through: exit 130 when it was interrupted here, else 1 */
export function requireCompleted({ id, state, error }: Backfill, signal: AbortSignal): void {
  if (state === 'completed' || state === 'completed_with_errors') return
  if (signal.aborted) {
    const message = `Stopped. Give the command again to go on with backfill ${id}, or leave it to a worker.`
    throw new Refusal('interrupted', message, { exitCode: 130 })
  }
  throw new Refusal('incomplete', `Backfill ${id} is ${state}${error === null ? '.' : `: ${error}`}`, { exitCode: 1 })
}
