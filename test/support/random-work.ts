import { accountZone } from '../../src/accounts/zone.ts'
import { run, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { activeBackfills, followZone, requestBackfill } from '../../src/rollups/backfill/backfill.ts'
import { metricNames, metrics } from '../../src/rollups/metrics.ts'
import { dimensionNames, type Timed } from '../../src/rollups/parts.ts'
import { rollDirty } from '../../src/rollups/rolling/roll-dirty.ts'
import { runBackfill } from '../../src/rollups/backfill/run-backfill.ts'
import { bucketBounds, groupings, type Weekday } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { Asked } from './compare.ts'
import type { Chosen } from './oracle.ts'
import { accounts, idsOf, whole } from './random-rows.ts'
import { rollAll } from './rolled-rows.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]

/** Around each of these instants some of the zones change their clocks; Apia leaves a day out. */
export const middles = [
  '2011-12-30T09:00Z',
  '2018-11-04T03:00Z',
  '2024-03-31T01:00Z',
  '2024-04-06T15:00Z',
  '2024-11-03T05:00Z',
].map((iso) => Date.parse(iso) / 1000)

/** Does some of the work of a worker, by lot, perhaps not all of it, and says what. */
export async function work(pool: Pool, random: Random, middle: number): Promise<string> {
  const account = random.pick(accounts)
  const { act } = random.weighted([
    { weight: 5, act: () => rollAll(pool) },
    { weight: 5, act: async () => `roll ${account}: ${JSON.stringify(await rollDirty(pool, account))}` },
    { weight: 4, act: () => backfillSome(pool, random, account, middle) },
    { weight: 1, act: () => moveDesk(pool, random, account) },
  ])
  return act()
}

/** Goes on with the backfill that is under way, or asks for one; now and then a chunk of it must do. */
async function backfillSome(pool: Pool, random: Random, accountId: number, middle: number): Promise<string> {
  const [active] = await activeBackfills(pool, accountId)
  const all = random.chance(0.6)
  const since = all ? -Infinity : middle + whole(random, -5, 3) * 86400
  const until = all || random.chance(0.2) ? Infinity : since + whole(random, 1, 5 * 86400)
  const { id } = active ?? (await requestBackfill(pool, { accountId, since, until, reason: 'by lot' }))
  const oneChunk = new AbortController()
  const onProgress = random.chance(0.4) ? () => oneChunk.abort() : () => {}
  const { state } = await runBackfill(pool, accountId, id, { signal: oneChunk.signal, onProgress })
  return `backfill ${id} of ${accountId} from ${since} to ${until}: ${state}`
}

/** Sets another time zone; whether Tidemark takes notice now or later is by lot, too. */
async function moveDesk(pool: Pool, random: Random, accountId: number): Promise<string> {
  const zone = random.pick(zones)
  await run(pool, `update accounts set settings = jsonb_build_object('reporting_timezone', $1::text) where id = $2`, [
    zone,
    accountId,
  ])
  const followed = random.chance(0.7) && (await followZone(pool, accountId))
  return `zone of ${accountId}: ${zone}${followed ? ', followed' : ''}`
}

/** Metrics of the label summary alone know no filter. */
const filterable = metricNames.filter((name) => !/^(tagged|created)_/.test(name))

export interface LotQuestion {
  accountId: 1 | 2
  asked: Asked
  /** The same may be asked of the spread of these times. */
  times?: Timed | undefined
}

/** A question by lot, about times in which something may have happened. */
export async function question(pool: Pool, random: Random, middle: number): Promise<LotQuestion> {
  const accountId = random.pick(accounts)
  const dimension = random.pick(['account', ...dimensionNames] as const)
  const grouping = random.pick(['none', 'none', ...groupings] as const)
  const zone = random.chance(0.5) ? (await accountZone(pool, accountId)).name : random.pick(zones)
  const [since, until] = await range(pool, random, middle, zone)
  const filter = random.chance(0.45) ? filterBy(random, accountId) : undefined
  const names = filter ? filterable : metricNames
  const { asks } = random.weighted([
    { weight: 5, asks: names },
    // Contacts are never read from rollups; the rest may be, all of it.
    { weight: 4, asks: names.filter((name) => metrics[name].distinct !== 'contacts') },
    { weight: 2, asks: [random.pick(names), random.pick(names)] },
  ])
  return {
    accountId,
    times: random.chance(0.5) ? random.pick(['first_response', 'reply', 'resolution'] as const) : undefined,
    asked: {
      dimension,
      id: random.chance(0.6) ? undefined : random.pick([...idsOf[dimension][accountId], 0, 999]),
      since,
      until,
      grouping,
      zone,
      firstWeekday: whole(random, 0, 6) as Weekday,
      metrics: asks,
      businessHours: random.chance(0.4),
      filter,
    },
  }
}

/** Some of some dimensions by lot: this desk's, the other's, nobody's, or none. */
function filterBy(random: Random, accountId: 1 | 2): Chosen {
  const all = ['inbox', 'agent', 'team', 'label'] as const
  const first = random.pick(all)
  const named = all.filter((name) => name === first || random.chance(0.2))
  const idFor = (name: (typeof all)[number]) =>
    random.chance(0.75)
      ? random.pick([...idsOf[name][accountId]])
      : random.pick([0, 0, 999, idsOf[name][accountId === 1 ? 2 : 1][0]])
  return Object.fromEntries(named.map((name) => [name, Array.from({ length: whole(random, 1, 3) }, () => idFor(name))]))
}

/** From seconds to half a year; often whole days or hours of some zone. */
async function range(pool: Pool, random: Random, middle: number, zone: string): Promise<[number, number]> {
  const instant = () => Math.floor(middle + (random.chance(0.75) ? random.between(-3.5, 3.5) : random.between(-100, 45)) * 86400)
  const [since, until] = [instant(), instant()].sort((a, b) => a - b) as [number, number]
  if (random.chance(0.4)) return [since, until]
  const unit = random.pick(['hour', 'day', 'day', 'month'] as const)
  const start = async (at: number) => bucketBounds(await zoneNamed(pool, zone), at, at + 1, unit)[0]!
  return [await start(since), await start(until)]
}
