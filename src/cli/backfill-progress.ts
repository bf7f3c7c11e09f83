import { now } from '../clock.ts'
import type { Pool } from '../db.ts'
import { progressJson } from '../rollups/backfill/backfill-json.ts'
import type { Backfill } from '../rollups/backfill/backfill-row.ts'
import { latestFailures } from '../rollups/backfill/failed-hours-json.ts'
import type { Zone } from '../time/zone.ts'
import { progressText } from './backfill-text.ts'
import { progressBar, remark } from './print.ts'

/** Failed hours that are told at one look; a chunk that rolls hour by hour has at most 25. */
const MOST_AT_ONCE = 100

/**
 * Shows on standard error how a backfill gets on, each time that it is called: a bar while it rolls, another while it verifies,
 * and every hour that could not be rolled once, with the reason; once, too, that it waits for its turn.
 * @param amongOthers several get on at once: in lines, which name the account
 */
export function backfillProgress(
  pool: Pool,
  accountId: number,
  zone: Zone,
  amongOthers = false,
): (at: Backfill) => Promise<void> {
  const rolling = progressBar(`Backfill of account ${accountId}`, amongOthers)
  const verifying = progressBar(`Verification of account ${accountId}`, amongOthers)
  const told = new Set<string>()
  const say = (text: string) => remark(amongOthers ? `account ${accountId}: ${text}` : text)
  let hasWaited = false
  return async (at) => {
    if (at.failing > 0) await tellFailures(pool, at, told, say)
    if (at.waitsForTurn && !hasWaited)
      say(`Backfill ${at.id} waits for its turn: as many older ones as it may work beside are at work, or queued for a worker.`)
    hasWaited ||= at.waitsForTurn
    const progress = progressJson(at, zone, now())
    const note = `${at.state.replaceAll('_', ' ')}, ${progressText(progress)}`
    if (at.rolled && progress.verify_days_total > 0) verifying(progress.verify_days_done, progress.verify_days_total, note)
    else rolling(at.hoursDone, Math.max(1, at.hoursTotal), note)
  }
}

async function tellFailures(pool: Pool, at: Backfill, told: Set<string>, say: (text: string) => void): Promise<void> {
  const failures = await latestFailures(pool, at, MOST_AT_ONCE)
  const fresh = failures.filter(({ hour }) => !told.has(hour)).toReversed()
  for (const { hour, error } of fresh) {
    told.add(hour)
    say(`${hour} could not be rolled: ${error}`)
  }
  // Seen for the first time after very many had failed.
  if (fresh.length === MOST_AT_ONCE && at.failing > told.size)
    say(`${at.failing - told.size} more could not be rolled: see tidemark backfill show ${at.id}`)
}
