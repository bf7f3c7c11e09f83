import type { Instant } from '../clock.ts'
import { transaction, type Pool } from '../db.ts'
import { requireAccount } from '../accounts/account.ts'
import { activeBackfills } from '../rollups/backfill.ts'
import { bucketZone, daysToRoll } from '../rollups/backfill-days.ts'
import { optionsJson, rangeJson } from '../rollups/backfill-json.ts'
import { sentDigests } from '../rollups/backfill-report.ts'
import { hoursIn } from '../rollups/backfill-work.ts'
import { joined } from '../rollups/spans.ts'
import { optionsOf, requireKept, type BackfillRequest } from '../rollups/start-backfill.ts'
import { dateAt } from '../time/calendar.ts'

/** What a backfill would do, as it is told over HTTP and by the command line. Writes nothing. */
export function planOf(pool: Pool, request: BackfillRequest, now: Instant) {
  return transaction(
    pool,
    async (tx) => {
      const { accountId, since } = request
      await requireAccount(tx, accountId)
      const zone = await bucketZone(tx, accountId)
      const options = optionsOf(request)
      if (!options.allowErase) await requireKept(tx, accountId, zone, since)
      const days = await daysToRoll(tx, accountId, { ...request, ...options }, now)
      const [active] = await activeBackfills(tx, accountId)
      const { total } = await sentDigests(tx, accountId, joined(days))
      return {
        account_id: accountId,
        ...rangeJson(request),
        timezone: zone.name,
        ...optionsJson(options),
        days: days.length,
        hours: hoursIn(zone, days).length,
        first_day: days[0] ? dateAt(zone, days[0].from) : null,
        last_day: days[0] ? dateAt(zone, days.at(-1)!.from) : null,
        sent_digests: total,
        under_way: active?.id ?? null,
      }
    },
    'repeatable read read only',
  )
}
