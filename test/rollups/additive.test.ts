// The promise: nothing is added up that does not add up. Parts are, over any split of a range, so days can be made from hours; of
// metrics, those alone that the compiler knows to be additive. TIDEMARK_SEED fills the desk again.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { many } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { addsUp } from '../../src/rollups/metric.ts'
import { figureOf, isAdditive, metricNames, metrics, type AdditiveMetric, type Sums } from '../../src/rollups/metrics.ts'
import { dimensionNames, dimensions, parts, sourceOf, type Source } from '../../src/rollups/parts.ts'
import { sourceStatement } from '../../src/rollups/rolling/statements.ts'
import type { TestDatabase } from '../support/database.ts'
import { RandomDesk } from '../support/random-desk.ts'
import { createRandomDesks } from '../support/random-desks.ts'
import { accounts, emptyDesks, whole } from '../support/random-rows.ts'
import { middles } from '../support/random-work.ts'
import { randomOf } from '../support/seed.ts'

const DAY = 86_400
let database: TestDatabase
beforeAll(async () => void (database = await createRandomDesks()))
afterAll(() => database?.drop())

/** The parts of one source in some stretches side by side, added up by dimension, id and part. */
async function addedUp(statement: string, accountId: number, bounds: readonly number[]): Promise<Map<string, number>> {
  const codes = dimensionNames.map((name) => dimensions[name])
  const values = [accountId, bounds.slice(0, -1), bounds.slice(1), codes, null]
  const sums = new Map<string, number>()
  type Row = { dimension: number; dimension_id: number } & Record<string, number | null>
  for (const { slot: _, dimension, dimension_id, ...counts } of await many<Row>(database.pool, statement, values)) {
    for (const [part, count] of Object.entries(counts)) {
      const key = `${dimension} ${dimension_id} ${part}`
      if (count) sums.set(key, (sums.get(key) ?? 0) + count)
    }
  }
  return sums
}

const sources = [...new Set(parts.map(sourceOf))]
/** What the cuts of a range into pieces change: nothing, where parts add up. */
async function differencesByCut(
  random: Random,
  middle: number,
  statementOf: (source: Source) => string,
): Promise<{ different: Set<string>; compared: Set<string> }> {
  const [different, compared] = [new Set<string>(), new Set<string>()]
  const range = [middle - 100 * DAY, middle + 50 * DAY] as const
  const cuts = Array.from({ length: 60 }, () => whole(random, middle - 3 * DAY, middle + 3 * DAY))
  const bounds = [...new Set([...range, ...cuts])].sort((a, b) => a - b)
  for (const accountId of accounts) {
    for (const source of sources) {
      const [atOnce, inPieces] = [
        await addedUp(statementOf(source), accountId, range),
        await addedUp(statementOf(source), accountId, bounds),
      ]
      for (const key of new Set([...atOnce.keys(), ...inPieces.keys()])) {
        const part = key.split(' ')[2]!
        compared.add(part)
        if (atOnce.get(key) !== inPieces.get(key)) different.add(part)
      }
    }
  }
  return { different, compared }
}

test('every part of a range is the sum of that part of its pieces, and one that is not would be noticed', async () => {
  const random = randomOf('additive')
  const { pool } = database
  const [different, compared] = [new Set<string>(), new Set<string>()]
  const noticed = new Set<string>()
  /** Not additive: conversations with messages instead of messages, means instead of sums. */
  const broken = (source: Source) =>
    sourceStatement(source)
      .replace('sum(d.outgoing)::int', 'count(distinct b.conversation_id)::int')
      .replaceAll('sum(e.value)', 'avg(e.value)')
  const wrong = ['outgoing_messages', ...parts.filter((part) => /^(first_response|reply|resolution)_value_sum$/.test(part))]
  const enough = () => compared.size === parts.length && wrong.every((part) => noticed.has(part))
  // Replies of tagged conversations that took some time are rare: a lot of forty desks had none.
  for (let desks = 0; desks < 3 || (!enough() && desks < 400); desks++) {
    await emptyDesks(pool)
    const middle = random.pick(middles)
    const desk = new RandomDesk(pool, random, middle)
    await desk.beginWithHistory()
    const found = await differencesByCut(random, middle, (source) => sourceStatement(source))
    for (const part of found.different) different.add(part)
    for (const part of found.compared) compared.add(part)
    for (const part of (await differencesByCut(random, middle, broken)).different) noticed.add(part)
  }
  expect([...different]).toEqual([])
  // Every part was there to be compared.
  expect([...compared].sort()).toEqual([...parts].sort())
  expect([...noticed]).toEqual(expect.arrayContaining(wrong))
})

test('what is declared additive adds up, and what is made by division does not', () => {
  const random = randomOf('values')
  const sums = (): Sums => Object.fromEntries([...parts, 'contacts' as const].map((part) => [part, whole(random, 1, 1000)]))
  const [a, b] = [sums(), sums()]
  const both = Object.fromEntries([...parts, 'contacts' as const].map((part) => [part, a[part]! + b[part]!]))
  for (const name of metricNames) {
    const [first, second, together] = [a, b, both].map((of) => figureOf(name, of).value ?? NaN) as [number, number, number]
    if (isAdditive(name)) expect(first + second, name).toBe(together)
    else expect(metrics[name].distinct !== undefined || metrics[name].stock || first + second !== together, name).toBe(true)
  }
})

test('the compiler knows the additive metrics, and refuses the others where values are added up', () => {
  const additive = {
    conversations_count: true,
    incoming_messages_count: true,
    outgoing_messages_count: true,
    resolutions_count: true,
    reopened_count: true,
    csat_responses_count: true,
    csat_1_count: true,
    csat_2_count: true,
    csat_3_count: true,
    csat_4_count: true,
    csat_5_count: true,
    csat_surveys_count: true,
    tagged_conversations_count: true,
    tagged_resolutions_count: true,
  } satisfies Record<AdditiveMetric, true>
  expect(metricNames.filter(isAdditive)).toEqual(Object.keys(additive))
  const refused: AdditiveMetric[] = [
    // @ts-expect-error a mean
    'avg_first_response_time',
    // @ts-expect-error a share
    'csat_score',
    // @ts-expect-error counted without repeats
    'bot_handoffs_count',
    // @ts-expect-error counted without repeats
    'unique_contacts_count',
    // @ts-expect-error what there is at the end of a range
    'open_conversations_count',
  ]
  expect(refused.filter(isAdditive)).toEqual([])
  const { formula } = metrics.conversations_count
  expect(addsUp({ ...metrics.conversations_count, formula: { ...formula, by: { closings: 1 } } })).toBe(false)
})
