import type { Pool } from '../../src/db.ts'
import type { MetricName } from '../../src/rollups/metrics.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Figures, ReportSource } from '../../src/reports/report.ts'
import { bucketBounds } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { periodNames, sameFigure, trueFigure, type Periods, type Truth } from './oracle.ts'

/** A question as a reader asks it; without an id, for all ids. */
export interface Asked extends Periods {
  id?: number | undefined
  metrics: readonly MetricName[]
  businessHours: boolean
}

export interface Comparison {
  source: ReportSource
  /** What Tidemark says otherwise than the raw rows, in words; empty when it tells the truth. */
  lies: string[]
  /** Figures compared that were not those of nothing. */
  figures: number
}

/** Asks Tidemark and compares every figure with the truth (of the same question, see `truth`). */
export async function compare(pool: Pool, accountId: number, asked: Asked, truth: Truth): Promise<Comparison> {
  const { source, answers } = await ask(pool, accountId, asked)
  const expected = asked.id === undefined ? truth : new Map([...truth].filter(([key]) => key.startsWith(`${asked.id} `)))
  const lies: string[] = []
  let figures = 0
  for (const key of new Set([...expected.keys(), ...answers.keys()])) {
    for (const name of asked.metrics) {
      const wanted = trueFigure(expected.get(key), name, asked.businessHours)
      const got = answers.get(key)?.[name] ?? trueFigure({}, name, asked.businessHours)
      if (wanted.n > 0) figures++
      if (!sameFigure(wanted, got)) lies.push(`${name} of ${key || 'all'}: ${show(got)}, by the raw rows ${show(wanted)}`)
    }
  }
  return { source, lies, figures }
}

/** Tidemark's answer, keyed as the truth is: the period a row stands for is named by PostgreSQL. */
async function ask(
  pool: Pool,
  accountId: number,
  asked: Asked,
): Promise<{ source: ReportSource; answers: Map<string, Figures> }> {
  const { dimension, id, since, until, metrics, businessHours, grouping } = asked
  const question = { dimension, ...(id === undefined ? {} : { id }), since, until, metrics, businessHours }
  if (grouping === 'none') {
    const { rows, source } = await reading(pool, accountId, async (read) => ({
      rows: await read.totals(question),
      source: read.source,
    }))
    return { source, answers: keyed(rows.map((row) => [`${row.id} `, row.figures])) }
  }
  const bounds = bucketBounds(await zoneNamed(pool, asked.zone), since, until, grouping, asked.firstWeekday)
  const names = await periodNames(pool, bounds, asked)
  const { rows, source } = await reading(pool, accountId, async (read) => ({
    rows: await read.series({ ...question, bounds }),
    source: read.source,
  }))
  return { source, answers: keyed(rows.map((row) => [`${row.id} ${names[row.piece]}`, row.figures])) }
}

function keyed(entries: [string, Figures][]): Map<string, Figures> {
  const answers = new Map(entries)
  if (answers.size !== entries.length) throw new Error('Tidemark answered twice for one id and period')
  return answers
}

const show = ({ value, n }: { value: number | null; n: number }) => `${value} (n ${n})`
