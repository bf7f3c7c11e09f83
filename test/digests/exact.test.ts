// The promise: every figure of a snapshot, whatever its digest's filter and its viewer's lens leave, is what the raw rows give,
// whatever happened to them and however much has been rolled. TIDEMARK_SEED asks the same again, TIDEMARK_RUNS how much to ask.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { transaction } from '../../src/db.ts'
import { randomFrom, type Random } from '../../src/demo/random.ts'
import { basisOf, type Subject } from '../../src/digests/snapshot/basis.ts'
import { dimensionOf } from '../../src/digests/snapshot/figures.ts'
import { shownTo } from '../../src/digests/composing/lenses.ts'
import { digestMetrics, tableNames, type DigestMetric, type Snapshot } from '../../src/digests/snapshot/snapshot.ts'
import { snapshotsOn } from '../../src/digests/snapshot/snapshots-on.ts'
import { takeSnapshot } from '../../src/digests/snapshot/take-snapshot.ts'
import { periodOfDates, reportedDates } from '../../src/digests/schedule/window.ts'
import type { Figure } from '../../src/rollups/metrics.ts'
import type { Dimension } from '../../src/rollups/parts.ts'
import type { Grouping } from '../../src/time/calendar.ts'
import { localAt } from '../../src/time/zone.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import type { TestDatabase } from '../support/database.ts'
import { sameFigure, trueFigure, truth, type Chosen } from '../support/oracle.ts'
import { accounts, idsOf } from '../support/random-rows.ts'
import { createStoryDesks } from '../support/random-desks.ts'
import { tellStory } from '../support/random-story.ts'
import { scaled, seed } from '../support/seed.ts'

const DAY = 86400
const STORIES = scaled('TIDEMARK_RUNS', 1)

let database: TestDatabase
beforeAll(async () => {
  database = await createStoryDesks()
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterAll(async () => {
  vi.useRealTimers()
  await database?.drop()
})

type Filter = Subject['filter']

function filterByLot(random: Random, account: 1 | 2): Filter {
  const dimensions = (['inbox', 'agent', 'team', 'label'] as const).filter(() => random.chance(0.35))
  const some = (dimension: (typeof dimensions)[number]) => {
    const ids = [...idsOf[dimension][account], ...(dimension === 'label' ? [] : [0])].filter(() => random.chance(0.6))
    return ids.length > 0 ? ids : [idsOf[dimension][account][0]]
  }
  return Object.fromEntries(dimensions.map((dimension) => [dimension, some(dimension)]))
}

function digestByLot(random: Random, accountId: 1 | 2): Subject {
  return {
    id: 1,
    accountId,
    name: 'by lot',
    window: random.pick([
      { unit: 'day', count: 1 },
      { unit: 'week', count: 1 },
      { unit: 'month', count: 1 },
      { unit: 'slot' },
    ] as const),
    firstWeekday: random.pick([0, 1, 6] as const),
    businessHours: random.chance(0.4),
    comparison: random.pick(['previous', 'previous', 'year', 'none'] as const),
    filter: random.chance(0.3) ? {} : filterByLot(random, accountId),
    condition: { when: 'always', thresholds: [], targets: false },
    language: 'en',
    csvDelimiter: ',',
  }
}

interface Period {
  since: number
  until: number
}

/** What the raw rows say of one digest, asked period by period. */
class Truth {
  readonly #digest: Subject
  readonly #zone: string
  readonly #filter: Filter | undefined

  constructor(digest: Subject, zone: string, filter: Filter | undefined) {
    this.#digest = digest
    this.#zone = zone
    this.#filter = filter
  }

  /** Figures by id and period. */
  async of(dimension: Dimension, { since, until }: Period, grouping: Grouping | 'none' = 'none') {
    const { accountId, businessHours } = this.#digest
    const asked = {
      dimension,
      since,
      until,
      zone: this.#zone,
      grouping,
      firstWeekday: 1,
      filter: this.#filter as Chosen | undefined,
    } as const
    const found = await truth(database.pool, accountId, asked)
    return {
      ids: [...new Set([...found.keys()].map((key) => Number(key.split(' ')[0])))],
      figure: (id: number, name: DigestMetric, bucket = ''): Figure =>
        trueFigure(found.get(`${id} ${bucket}`), name, businessHours),
      keys: [...found.keys()],
    }
  }
}

const lies: string[] = []
let compared = 0
function check(said: string, got: Figure | undefined, wanted: Figure): void {
  if (wanted.n > 0) compared++
  if (!got || !sameFigure(got, wanted)) lies.push(`${said}: ${JSON.stringify(got)}, by the raw rows ${JSON.stringify(wanted)}`)
}

const present = (snapshot: Snapshot) =>
  [['current', snapshot.period], ...(snapshot.comparison === 'off' ? [] : [['previous', snapshot.previous] as const])] as [
    'current' | 'previous',
    Snapshot['period'],
  ][]

async function checkTables(snapshot: Snapshot, raw: Truth, filter: Filter | undefined): Promise<void> {
  for (const [which, { since, until }] of present(snapshot)) {
    const range = { since: since.at, until: until.at }
    const whole = await raw.of('account', range)
    for (const name of digestMetrics) {
      check(`${name} ${which}`, snapshot.totals[name][which], whole.figure(snapshot.account.id, name))
    }
    for (const table of tableNames) {
      const named = filter?.[dimensionOf[table]]
      const rows = await raw.of(dimensionOf[table], range)
      const listed = new Map(snapshot.tables[table].map((entity) => [entity.id, entity.figures]))
      for (const id of new Set([...rows.ids, ...listed.keys()])) {
        if (named && !named.includes(id)) {
          if (listed.has(id)) lies.push(`${table} lists ${id}, which the filter does not name`)
          continue
        }
        for (const name of digestMetrics) {
          const nothing = trueFigure({}, name, false)
          check(`${name} ${which} of ${table} ${id}`, listed.get(id)?.[name][which] ?? nothing, rows.figure(id, name))
        }
      }
    }
  }
}

async function checkDaysAndHours(snapshot: Snapshot, raw: Truth): Promise<void> {
  for (const [which, { since, until }] of present(snapshot)) {
    const range = { since: since.at, until: until.at }
    const { id } = snapshot.account
    const days = await raw.of('account', range, 'day')
    for (const { date, figures } of snapshot.daily[which]) {
      for (const name of digestMetrics) check(`${name} on ${date}`, figures[name], days.figure(id, name, `${date} 00:00:00`))
    }
    const hours = await raw.of('account', range, 'hour')
    const cells = new Map<string, number>()
    for (const key of hours.keys) {
      const [, date, time] = key.split(' ') as [string, string, string]
      const cell = `${(new Date(`${date}T00:00:00Z`).getUTCDay() - snapshot.firstWeekday + 7) % 7} ${Number(time.slice(0, 2))}`
      cells.set(cell, (cells.get(cell) ?? 0) + hours.figure(id, 'conversations_count', key.split(' ').slice(1).join(' ')).n)
    }
    const grid = which === 'current' ? snapshot.hours : snapshot.previousHours
    grid.forEach((row, day) =>
      row.forEach((n, hour) => {
        if (n !== (cells.get(`${day} ${hour}`) ?? 0))
          lies.push(`${n} conversations in cell ${day} ${hour}, not ${cells.get(`${day} ${hour}`)}`)
      }),
    )
  }
}

test(
  'every figure of a snapshot is what the raw rows give, whatever filter and lens leave of them',
  async () => {
    // Nothing compared with nothing proves nothing.
    for (let story = 0; story < STORIES || (story < 10 * STORIES && compared < 300); story++) {
      const { middle } = await tellStory(database.pool, 7e6 + story)
      const random = randomFrom(seed, 41, story)
      for (const account of accounts) {
        for (let asked = 0; asked < 2; asked++) {
          const digest = digestByLot(random, account)
          const zone = await zoneNamed(database.pool, random.pick(['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York']))
          const day = Math.floor(localAt(zone, middle) / DAY) + random.pick([-1, 0, 1, 3, 8])
          const period = periodOfDates(
            zone,
            reportedDates(digest.window, digest.firstWeekday, day, () => day - 3),
          )!
          const lens = random.chance(0.4) ? 'all' : filterByLot(random, account)
          const [shown] = await shownTo(database.pool, account, digest.filter, [{ lens, userId: null }])
          if (!shown || 'reason' in shown) continue
          const snapshot = await takeSnapshot(database.pool, digest, zone, period, middle + 40 * DAY, shown)
          const raw = new Truth(digest, zone.name, shown.filter)
          lies.length = 0
          await checkTables(snapshot, raw, shown.filter)
          await checkDaysAndHours(snapshot, raw)
          expect(
            lies,
            `TIDEMARK_SEED=${seed}, story ${story}, ${JSON.stringify({ digest, lens, zone: zone.name, period })}`,
          ).toEqual([])
        }
      }
    }
    expect(compared).toBeGreaterThan(100)
  },
  60_000 + STORIES * 20_000,
)

test(
  'the same holds for snapshots of one team, agent or inbox each, whose tables are read together',
  async () => {
    compared = 0
    for (let story = 0; story < STORIES || (story < 10 * STORIES && compared < 300); story++) {
      const { middle } = await tellStory(database.pool, 8e6 + story)
      const random = randomFrom(seed, 43, story)
      const [account, by] = [random.pick(accounts), random.pick(['inbox', 'agent', 'team'] as const)]
      const digest = { ...digestByLot(random, account), comparison: 'previous' as const }
      const zone = await zoneNamed(database.pool, 'Europe/Berlin')
      const day = Math.floor(localAt(zone, middle) / DAY) + 3
      const period = periodOfDates(
        zone,
        reportedDates(digest.window, digest.firstWeekday, day, () => day - 6),
      )!
      const { [by]: _, ...others } = digest.filter
      digest.filter = others
      const viewers = [...idsOf[by][account], 0, 999].map((id) => ({ lens: { [by]: [id] }, userId: null }))
      const extents = (await shownTo(database.pool, account, digest.filter, viewers)).flatMap((each) =>
        'reason' in each ? [] : [each],
      )
      const said = `TIDEMARK_SEED=${seed}, story ${story}, ${JSON.stringify({ digest, by, period })}`
      lies.length = 0
      let taken = 0
      await transaction(
        database.pool,
        async (tx) => {
          const basis = await basisOf(tx, { digest, zone, period, edition: 1, comparable: true }, middle + 40 * DAY)
          for await (const [{ filter }, snapshot] of snapshotsOn(basis, extents)) {
            taken++
            await checkTables(snapshot, new Truth(digest, zone.name, filter), filter)
          }
        },
        'repeatable read read only',
      )
      expect(lies, said).toEqual([])
      expect(taken).toBe(extents.length)
    }
    expect(compared).toBeGreaterThan(100)
  },
  60_000 + STORIES * 20_000,
)
