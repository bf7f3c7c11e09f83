import { setTimeout as sleep } from 'node:timers/promises'
import { many, one, type Client, type Pool } from '../../src/db.ts'
import type { Random } from '../../src/demo/random.ts'
import { reading } from '../../src/reports/reading.ts'
import type { MetricName } from '../../src/rollups/metrics.ts'
import { dimensionNames } from '../../src/rollups/parts.ts'
import { atSnapshot } from './intercept.ts'

type Sums = Record<string, number>

const mean = (sum: string, n: string) => (sums: Sums) => ((sums[n] ?? 0) === 0 ? null : (sums[sum] ?? 0) / sums[n]!)
const count = (part: string) => (sums: Sums) => sums[part] ?? 0
const responses = (sums: Sums) => [1, 2, 3, 4, 5].reduce((n, rating) => n + (sums[`csat_${rating}`] ?? 0), 0)

/** What each metric is, in words of the oracle's facts. */
const values: Partial<Record<MetricName, (sums: Sums) => number | null>> = {
  conversations_count: count('conversations'),
  incoming_messages_count: count('incoming_messages'),
  outgoing_messages_count: count('outgoing_messages'),
  resolutions_count: count('resolution_n'),
  avg_first_response_time: mean('first_response_value_sum', 'first_response_n'),
  avg_resolution_time: mean('resolution_value_sum', 'resolution_n'),
  reply_time: mean('reply_value_sum', 'reply_n'),
  bot_handoffs_count: count('handoffs'),
  bot_resolutions_count: count('bot_resolutions'),
  csat_responses_count: responses,
  csat_surveys_count: count('surveys'),
  tagged_conversations_count: count('tagged_conversations'),
  created_resolution_time: mean('created_resolution_value_sum', 'created_resolution_value_n'),
  created_reply_time: mean('created_reply_value_sum', 'created_reply_value_n'),
}
const metrics = Object.keys(values) as MetricName[]

/**
 * The facts of a range by dimension and id, then its bot events without repeats: handoffs of conversations that still exist,
 * and resolutions of those that nobody was handed in the range.
 */
const sumsIn = `
  select dimension, id, part, sum(amount) as amount from by_hand.facts
  where account_id = $1 and at >= to_timestamp($2) and at < to_timestamp($3) group by 1, 2, 3
  union all
  (with event as (
    select * from by_hand.bot_facts where account_id = $1 and at >= to_timestamp($2) and at < to_timestamp($3)
  ),
  handed as (select dimension, id, conversation_id, exists from event where handoff group by 1, 2, 3, 4)
  select dimension, id, 'handoffs', count(*) from handed where exists group by 1, 2
  union all
  select e.dimension, e.id, 'bot_resolutions', count(*) from event e
  where not e.handoff and not exists (
    select from handed h where (h.dimension, h.id, h.conversation_id) = (e.dimension, e.id, e.conversation_id))
  group by 1, 2)`

/**
 * Asks for totals of all dimensions over a range and counts the same from the raw rows as they are at that very moment: the
 * oracle exports its snapshot and the report reads in it. Returns what differs.
 */
export async function reportDifferences(pool: Pool, accountId: number, since: number, until: number): Promise<string[]> {
  const oracle = await pool.connect()
  try {
    await oracle.query('begin isolation level repeatable read')
    const { snapshot } = await one<{ snapshot: string }>(oracle, 'select pg_export_snapshot() as snapshot')
    const reported = reading(atSnapshot(pool, snapshot), accountId, async (read) => {
      const lines: string[] = []
      for (const [code, dimension] of dimensionNames.entries()) {
        for (const { id, figures } of await read.totals({ dimension, since, until, metrics })) {
          for (const name of metrics) lines.push(line(code, id, name, figures[name].value))
        }
      }
      return lines
    })
    const [expected, actual] = await Promise.all([expectedLines(oracle, accountId, since, until), reported])
    const [left, right] = [new Set(expected), new Set(actual.filter((text) => !/ (0|null)$/.test(text)))]
    return [
      ...[...left].filter((text) => !right.has(text)).map((text) => `raw says ${text} [${since}, ${until})`),
      ...[...right].filter((text) => !left.has(text)).map((text) => `the report says ${text} [${since}, ${until})`),
    ]
  } finally {
    await oracle.query('rollback')
    oracle.release()
  }
}

async function expectedLines(oracle: Client, accountId: number, since: number, until: number): Promise<string[]> {
  const rows = await many<{ dimension: number; id: number; part: string; amount: number }>(oracle, sumsIn, [
    accountId,
    since,
    until,
  ])
  const byId = new Map<string, Sums>()
  for (const { dimension, id, part, amount } of rows) {
    const key = `${dimension} ${id}`
    byId.set(key, { ...byId.get(key), [part]: amount })
  }
  const lines = [...byId].flatMap(([key, sums]) => {
    const [dimension = 0, id = 0] = key.split(' ').map(Number)
    return metrics.map((name) => line(dimension, id, name, values[name]!(sums)))
  })
  return lines.filter((text) => !/ (0|null)$/.test(text))
}

const line = (dimension: number, id: number, name: MetricName, value: number | null) =>
  `${dimensionNames[dimension]} ${id} ${name} ${value}`

export interface ReaderSetup {
  pool: Pool
  accounts: readonly number[]
  random: Random
  /** The ranges that are asked for lie within these instants. */
  within: readonly [number, number]
  /** Seconds between two questions. */
  rest: number
}

/** Keeps asking for random ranges of random accounts until it is stopped. Tells how many reports it read and what differed. */
export function startReader({ pool, accounts, random, within: [from, until], rest }: ReaderSetup) {
  const found = { reports: 0, differences: [] as string[] }
  let stopped = false
  const ended = (async () => {
    while (!stopped && found.differences.length < 20) {
      const bounds = [Math.floor(random.between(from, until)), Math.floor(random.between(from, until))].sort((a, b) => a - b)
      found.differences.push(...(await reportDifferences(pool, random.pick(accounts), bounds[0]!, bounds[1]! + 1)))
      found.reports++
      await sleep(rest * 1000)
    }
  })()
  ended.catch(() => (stopped = true))
  return {
    async stop() {
      stopped = true
      await ended
      return found
    },
  }
}
