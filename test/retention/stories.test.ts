// Purging changes no answer: stories by lot are told, all of it is rolled, questions are asked. Then some of the raw rows, hours
// and days is purged, and each question is asked again: it has the same answer or is refused. So it is once more when everything
// that can be rolled is rolled again from the rows that stayed. TIDEMARK_SEED tells a story again.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { many, run, type Pool } from '../../src/db.ts'
import { randomFrom } from '../../src/demo/random.ts'
import { Refusal } from '../../src/errors.ts'
import { reading } from '../../src/reports/reading.ts'
import { purge } from '../../src/retention/purge.ts'
import { verifyRollups } from '../../src/rollups/verify/verify.ts'
import { bucketBounds } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { createStandalone } from '../support/standalone.ts'
import { accounts, emptyDesks, openDesks } from '../support/random-rows.ts'
import { RandomDesk } from '../support/random-desk.ts'
import { middles, question, type LotQuestion } from '../support/random-work.ts'
import { backfillAll, rollAll } from '../support/rolled-rows.ts'
import { scaled, scaledTime, seed } from '../support/seed.ts'
import { requireWrittenAccounts } from '../support/written-account.ts'

const DAY = 86400
let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createStandalone()
  pool = database.pool
  await openDesks(pool)
  await requireWrittenAccounts(pool)
})
afterAll(() => database?.drop())
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  return () => vi.useRealTimers()
})

const REFUSED = 'refused'

/** The answer as text, the same for the same figures; `refused` where raw rows would be needed. */
async function answerTo({ accountId, asked, times }: LotQuestion): Promise<string> {
  const { since, until, grouping, zone, firstWeekday, id, ...rest } = asked
  const bounds =
    grouping === 'none' ? [since, until] : bucketBounds(await zoneNamed(pool, zone), since, until, grouping, firstWeekday)
  const subject = { ...rest, ...(id === undefined ? {} : { id }), since, until, bounds }
  try {
    return await reading(pool, accountId, async (read) => {
      const series = await read.series(subject)
      const spreads = times ? await read.spreads({ ...subject, times }) : []
      const rows = [
        ...series.map((row) => JSON.stringify(['series', row.piece, row.id, rounded(row.figures)])),
        ...spreads.map((row) => JSON.stringify(['spread', row.piece, row.id, [...row.bins].sort(([a], [b]) => a - b)])),
      ]
      return rows
        .filter((row) => !isNothing(row))
        .sort()
        .join('\n')
    })
  } catch (error) {
    if (error instanceof Refusal && error.status === 422) return REFUSED
    throw error
  }
}

/** Sums are added up in another order. */
const rounded = (figures: object) =>
  JSON.parse(JSON.stringify(figures), (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(12)) : value,
  ) as unknown

/** A row in which nothing happened may be there or not. */
const isNothing = (row: string) => row.startsWith('["series"') && !/"n":[^0]/.test(row) && !/"value":-?[1-9]/.test(row)

async function keepers(): Promise<Record<string, number>> {
  const tables = ['conversations', 'messages', 'reporting_events', 'csat_survey_responses', 'taggings']
  const rows = await many<{ name: string; n: number }>(
    pool,
    tables.map((name) => `select '${name}' as name, count(*)::int as n from ${name}`).join(' union all '),
  )
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]))
}

test(
  'at every point of every story, an answer after a purge is that of before, or is refused',
  { timeout: scaledTime(300_000, 'TIDEMARK_RUNS', 1) },
  async () => {
    const stories = scaled('TIDEMARK_RUNS', 1) * 2
    const seen = { same: 0, refused: 0, purged: 0 }
    // Stories that nothing is asked of prove nothing: more are told then.
    const enough = () => seen.same > stories && seen.refused > stories && seen.purged > stories
    for (let told = 0; told < stories || (!enough() && told < 8 * stories); told++) {
      const number = 5e6 + told
      const random = randomFrom(seed, number)
      const middle = random.pick(middles)
      await emptyDesks(pool)
      vi.setSystemTime((middle + random.between(-5, 2) * DAY) * 1000)
      const desk = new RandomDesk(pool, random, middle)
      await desk.beginWithHistory()
      for (let i = 0; i < 12; i++) await desk.change()
      vi.setSystemTime((middle + random.between(-1, 45) * DAY) * 1000)
      const now = Date.now() / 1000
      await run(pool, `delete from conversations where created_at < '1971-01-01' or created_at > '2100-01-01'`)
      await run(pool, 'update conversations set status = 1 where id % 10 < 7')
      // The present hour's mark lets days that have ended have rows.
      await run(pool, 'insert into tidemark.dirty_hours (account_id, hour) select unnest($1::int[]), to_timestamp($2)', [
        accounts,
        now,
      ])
      for (const account of accounts) await backfillAll(pool, account)
      await rollAll(pool)
      const asked: LotQuestion[] = []
      for (let i = 0; i < 15; i++) asked.push(await question(pool, random, middle))
      const before: string[] = []
      for (const one of asked) before.push(await answerTo(one))

      const account = random.pick(accounts)
      const far = Math.max(1, Math.round((now - middle) / DAY))
      const days = () => Math.max(0, far + Math.round(random.between(-4, 5)))
      const retention = {
        raw: random.chance(0.8) ? days() : null,
        hourly: random.chance(0.5) ? days() : null,
        daily: random.chance(0.4) ? days() : null,
      }
      await run(
        pool,
        `insert into tidemark.settings (account_id, retention, updated_at) values ($1, $2, now())
       on conflict (account_id) do update set retention = excluded.retention`,
        [account, retention],
      )
      const story = `TIDEMARK_SEED=${seed}, story ${number}: account ${account} keeps ${JSON.stringify(retention)} of ${far}`
      const rows = await keepers()
      const gone = await purge(pool, account, { reason: 'by lot' })
      seen.purged += Object.values(gone).reduce((sum, n) => sum + n, 0)
      const again = async (when: string) => {
        for (const [i, one] of asked.entries()) {
          const answer = await answerTo(one)
          const said = `${story}, gone ${JSON.stringify(gone)} of ${JSON.stringify(rows)}, ${when}: ${JSON.stringify(one)}`
          if (answer === REFUSED) seen.refused++
          else {
            if (answer !== '') seen.same++
            expect(answer, said).toBe(before[i])
          }
          // One account's purge is none of the other's concern.
          if (one.accountId !== account) expect(answer, said).toBe(before[i])
        }
      }
      await again('at once')
      const dirty = await many(
        pool,
        'select * from tidemark.dirty_hours union all select account_id, at, false, null, 0, at, null from tidemark.dirty_scopes',
      )
      expect(dirty, `${story}: marks of the purge's own`).toEqual([])
      await run(pool, `insert into tidemark.dirty_scopes (scope) values ('everything')`)
      await again('everything dirty')
      await rollAll(pool)
      await again('rolled again')
      expect(
        (await verifyRollups(pool, account, { from: -Infinity, until: Infinity })).differences,
        `${story}: verified`,
      ).toEqual([])
      await run(pool, 'delete from tidemark.settings')
      await run(pool, 'delete from tidemark.late_hours')
    }
    console.info(seen)
    expect(seen).toSatisfy(enough)
  },
)
