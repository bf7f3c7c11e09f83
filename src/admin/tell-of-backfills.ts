import type { Instant } from '../clock.ts'
import { maybeOne, transaction, type Client, type Pool } from '../db.ts'
import { queueNotice } from '../digests/delivery/notice.ts'
import { errorReporter } from '../failure.ts'
import { log } from '../log.ts'
import { claimEnd, untoldEnds } from '../rollups/backfill/backfill-ends.ts'
import { backfill } from '../rollups/backfill/backfill.ts'
import { bucketZone } from '../rollups/backfill/backfill-days.ts'
import { backfillJson } from '../rollups/backfill/backfill-json.ts'
import { languageOf } from './account-language.ts'
import { backfillNotice } from './backfill-notice.ts'
import { reachableNow } from './whom-to-tell.ts'

/**
 * Queues a mail to each who wanted to know when his backfill ends, once for an end: that it is told, and the mail in the ledger,
 * are one transaction. However it ended and whoever ended it is found here, so no end is lost with a process.
 * @returns how many mails were queued
 */
export async function tellOfBackfills(pool: Pool, now: Instant): Promise<number> {
  let queued = 0
  for (const { accountId, id } of await untoldEnds(pool)) {
    // One that cannot be told holds up no other, and is tried again.
    queued += await transaction(pool, (tx) => tell(tx, accountId, id, now)).catch((error: Error) => {
      errorReporter('the end of a backfill cannot be told')(error)
      return 0
    })
  }
  return queued
}

async function tell(tx: Client, accountId: number, id: number, now: Instant): Promise<number> {
  const claimed = await claimEnd(tx, accountId, id)
  if (!claimed) return 0
  const ended = await backfill(tx, accountId, id)
  // Somebody has what failed tried again: the end of that is told.
  if (ended.finishedAt !== claimed.endedAt) return 0
  const told = await reachableNow(tx, accountId, claimed.who)
  if (typeof told === 'string') {
    log.info({ account_id: accountId, backfill_id: id, why: told }, 'nobody is told of the end of a backfill')
    return 0
  }
  const zone = await bucketZone(tx, accountId)
  const account = await maybeOne<{ name: string; locale: number | null }>(tx, 'select name, locale from accounts where id = $1', [
    accountId,
  ])
  const language = languageOf(account?.locale ?? null)
  const notice = backfillNotice(backfillJson(ended, zone, now), { account: account?.name ?? '', zone, language })
  return queueNotice(tx, { accountId, digestId: null, key: `backfill/${id}/${claimed.endedAt}` }, notice, [told], now)
}
