import { readFileSync } from 'node:fs'
import type { Instant } from '../../src/clock.ts'
import { many, type Pool } from '../../src/db.ts'
import { reading } from '../../src/reports/reading.ts'
import { responseDistribution } from '../../src/reports/chatwoot/response-distribution.ts'

const statement = (file: string) => readFileSync(new URL(`./oracle/${file}`, import.meta.url), 'utf8')
const tagged = statement('tagged.sql')
const responseTimes = statement('response-times.sql')

type Range = { since: Instant; until: Instant }
type Row = Record<string, unknown>

/** What Tidemark counts by tag and inbox, and by channel and time, otherwise than the raw rows; empty when it tells the truth. */
export async function compareBreakdowns(pool: Pool, accountId: number, { since, until }: Range): Promise<string[]> {
  const told: Row[] = await reading(pool, accountId, async (read) => {
    const rows: Row[] = []
    for (const counted of ['conversations', 'outgoing_messages'] as const) {
      rows.push(...(await read.tagged({ since, until, counted })).map((row) => ({ ...row, counted })))
    }
    return rows
  })
  // Rows of a tag that is gone are no answer: it has no name.
  const tags = new Set((await many<{ id: number }>(pool, 'select id from tags')).map(({ id }) => id))
  const named = told.filter(({ tag_id }) => tags.has(tag_id as number))
  const { data } = await responseDistribution(pool, accountId, { since, until })
  const channels = Object.entries(data).map(([channel, buckets]) => ({ channel, ...buckets }))
  const values = [accountId, since, until]
  return [
    ...unequal(named, await many<Row>(pool, tagged, values)),
    ...unequal(channels, await many<Row>(pool, responseTimes, values)),
  ]
}

function unequal(told: Row[], happened: Row[]): string[] {
  const lines = (rows: Row[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => a.localeCompare(b))))
  const [left, right] = [lines(told), lines(happened)]
  return [
    ...left.filter((line) => !right.includes(line)).map((line) => `told and not by the raw rows: ${line}`),
    ...right.filter((line) => !left.includes(line)).map((line) => `by the raw rows and not told: ${line}`),
  ]
}
