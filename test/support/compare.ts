import type { Pool } from '../../src/db.ts'
import { binEdges } from '../../src/rollups/bins.ts'
import type { MetricName } from '../../src/rollups/metrics.ts'
import { eventOf, type Timed } from '../../src/rollups/parts.ts'
import { reading } from '../../src/reports/reading.ts'
import type { Figures, Reading, ReportSource } from '../../src/reports/report.ts'
import { bucketBounds } from '../../src/time/calendar.ts'
import { zoneNamed } from '../../src/time/zones.ts'
import { periodNames, sameFigure, trueFigure, trueSpread, type Periods, type Truth } from './oracle.ts'

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
  const expected = ofId(truth, asked.id)
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

/** The same for the spread of times: asks for the events' bins and compares their counts with the truth. */
export async function compareSpread(pool: Pool, accountId: number, asked: Asked, times: Timed): Promise<Comparison> {
  const { source, answer, name } = await askPieces(pool, accountId, asked, (read, cut) =>
    read.spreads({ ...subjectOf(asked), ...cut, times, businessHours: asked.businessHours }),
  )
  const bins = answer.flatMap((row) =>
    [...row.bins].map(([bin, n]): [string, number] => [`${row.id} ${name(row.piece)} ${bin}`, n]),
  )
  const answers = keyed(bins)
  const { businessHours } = asked
  const all = await trueSpread(pool, accountId, asked, { event: eventOf[times], businessHours, edges: binEdges })
  const expected = ofId(all, asked.id)
  const keys = [...new Set([...expected.keys(), ...answers.keys()])].filter((key) => expected.get(key) !== answers.get(key))
  const lies = keys.map((key) => `bin ${key} of ${times}: ${answers.get(key)}, by the raw rows ${expected.get(key)}`)
  return { source, lies, figures: expected.size }
}

/** Of what is keyed by `<id> …`, that of one id, or all. */
const ofId = <T>(all: Map<string, T>, id: number | undefined) =>
  id === undefined ? all : new Map([...all].filter(([key]) => key.startsWith(`${id} `)))

/** Tidemark's answer, keyed as the truth is. */
async function ask(
  pool: Pool,
  accountId: number,
  asked: Asked,
): Promise<{ source: ReportSource; answers: Map<string, Figures> }> {
  const { metrics, businessHours } = asked
  const { source, answer, name } = await askPieces(pool, accountId, asked, async (read, cut) => {
    const question = { ...subjectOf(asked), ...cut, metrics, businessHours }
    if (asked.grouping !== 'none') return read.series(question)
    return (await read.totals(question)).map((row) => ({ ...row, piece: 0 }))
  })
  return { source, answers: keyed(answer.map((row) => [`${row.id} ${name(row.piece)}`, row.figures])) }
}

/** What Tidemark says of the pieces of a question; the period that a piece stands for is named by PostgreSQL. */
async function askPieces<T>(
  pool: Pool,
  accountId: number,
  { since, until, grouping, ...asked }: Asked,
  work: (read: Reading, cut: { since: number; until: number; bounds: number[] }) => Promise<T>,
): Promise<{ source: ReportSource; answer: T; name: (piece: number) => string }> {
  const bounds =
    grouping === 'none'
      ? [since, until]
      : bucketBounds(await zoneNamed(pool, asked.zone), since, until, grouping, asked.firstWeekday)
  const names = await periodNames(pool, bounds, { ...asked, since, until, grouping })
  return reading(pool, accountId, async (read) => {
    const answer = await work(read, { since, until, bounds })
    return { answer, source: read.source, name: (piece) => names[piece]! }
  })
}

const subjectOf = ({ dimension, id, filter }: Pick<Asked, 'dimension' | 'id' | 'filter'>) => ({
  dimension,
  ...(id === undefined ? {} : { id }),
  filter,
})

function keyed<T>(entries: [string, T][]): Map<string, T> {
  const answers = new Map(entries)
  if (answers.size !== entries.length) throw new Error('Tidemark answered twice for one id and period')
  return answers
}

const show = ({ value, n }: { value: number | null; n: number }) => `${value} (n ${n})`
