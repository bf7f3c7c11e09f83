import { many, sql, type Client } from '../db.ts'
import { filterClause, filterColumns } from '../rollups/rolling/filter.ts'
import { metrics, type MetricName, type Sums } from '../rollups/metrics.ts'
import { dimensions, sourceOf, type Part } from '../rollups/parts.ts'
import { fill, sourceStatement, splitPlaces } from '../rollups/rolling/statements.ts'
import { addDetached, repeatsAmong, touchedConversations, type BotEvent } from './bots.ts'
import { figuresOf, partsNeeded } from './needs.ts'
import type { CrossedQuestion, CrossedRow } from './report.ts'
import { added } from './stocks.ts'
import { preferIndexesFor } from './sums.ts'

const stockRaw = sql(import.meta.url, './stock-raw.sql')
const botRaw = sql(import.meta.url, './bot-raw.sql')

interface Ask {
  tx: Client
  accountId: number
  question: CrossedQuestion
}

/** Parts added up, of one pair, by its key. */
type Pairs = Map<string, { id: string; sums: Sums }>

type FlatRow = { split: number; id: number } & Partial<Record<Part, number | null>>

const keyOf = ({ split, id }: { split: number; id: number }) => `${split} ${id}`

/** Counts the raw rows of a range for each pair of ids, with the statements that answer a filtered question. */
export async function readCrossed(tx: Client, accountId: number, question: CrossedQuestion): Promise<CrossedRow[]> {
  const ask = { tx, accountId, question }
  await preferIndexesFor(tx, [{ from: question.since, until: question.until }])
  const stocks = question.metrics.filter((name) => metrics[name].stock)
  const flows = question.metrics.filter((name) => !metrics[name].stock)
  const answers: [MetricName[], Pairs][] = [
    [flows, await readFlows(ask, flows)],
    [stocks, stocks.length > 0 ? await readStocks(ask) : new Map()],
  ]
  const keys = new Set(answers.flatMap(([, pairs]) => [...pairs.keys()]))
  return [...keys].map((key) => {
    const [within = 0, id = 0] = key.split(' ').map(Number)
    const parts = answers.map(([names, pairs]) => figuresOf(names, pairs.get(key)?.sums ?? {}, question))
    return { within, id, figures: Object.assign({}, ...parts) as CrossedRow['figures'] }
  })
}

async function readFlows({ tx, accountId, question }: Ask, names: MetricName[]): Promise<Pairs> {
  const pairs: Pairs = new Map()
  const { since, until, dimension, by, filter, businessHours = false } = question
  const parts = partsNeeded({ metrics: names, businessHours })
  for (const source of new Set(parts.map(sourceOf))) {
    if (source === 'tagged') throw new Error('what is counted by exact tag cannot be crossed')
    const columns = parts.filter((part) => sourceOf(part) === source)
    const values: unknown[] = [accountId, [since], [until], [dimensions[dimension]], null]
    const clause = filterClause(filter, filterColumns[source], (ids) => `$${values.push(ids)}`)
    const statement = sourceStatement(source, clause, filterColumns[source][by])
    const text = `select split, dimension_id as id, ${columns.join(', ')} from (${statement}) as p`
    for (const { split, id, ...sums } of await many<FlatRow>(tx, text, values)) addTo(pairs, keyOf({ split, id }), sums)
  }
  if (names.some((name) => metrics[name].distinct)) await correctBots({ tx, accountId, question }, pairs)
  return pairs
}

function addTo(pairs: Pairs, key: string, row: Partial<Record<Part, number | null>>): void {
  const sums = Object.fromEntries(Object.entries(row).filter(([, sum]) => sum !== null)) as Sums
  pairs.set(key, { id: key, sums: added(pairs.get(key)?.sums ?? {}, sums) })
}

/** Conversations that stood open when the range ended. */
async function readStocks({ tx, accountId, question }: Ask): Promise<Pairs> {
  const { until, dimension, by, filter } = question
  const values: unknown[] = [accountId, until, dimensions[dimension], null]
  const clause = filterClause(filter, filterColumns.conversations, (ids) => `$${values.push(ids)}`)
  const text = fill(stockRaw, { filter: clause, ...splitPlaces(filterColumns.conversations[by]) })
  const pairs: Pairs = new Map()
  for (const { split, id, conversations } of await many<FlatRow>(tx, text, values))
    addTo(pairs, keyOf({ split, id }), { conversations: conversations ?? 0 })
  return pairs
}

/** See bots.ts: handoffs become distinct conversations, resolutions lose those that were handed off in the range. */
async function correctBots({ tx, accountId, question }: Ask, pairs: Pairs): Promise<void> {
  const { since, until, dimension, by, filter } = question
  const raw = [{ from: since, until, piece: 0 }]
  const touched = await touchedConversations({ tx, accountId, cover: { month: [], day: [], hour: [], raw } })
  addDetached([...pairs.values()])
  if (touched.length === 0) return
  const values: unknown[] = [accountId, touched, since, until, dimensions[dimension], null]
  const clause = filterClause(filter, filterColumns.events, (ids) => `$${values.push(ids)}`)
  const text = fill(botRaw, { filter: clause, ...splitPlaces(filterColumns.events[by]) })
  const events = await many<BotEvent & { split: number }>(tx, text, values)
  const keyed = events.map((event): BotEvent<string> => ({ ...event, id: keyOf(event) }))
  for (const { id, handoffs, resolutions } of repeatsAmong(keyed, () => 0)) {
    const sums = pairs.get(id)?.sums
    if (!sums) continue
    sums.bot_handoffs = (sums.bot_handoffs ?? 0) + handoffs
    sums.bot_resolutions = (sums.bot_resolutions ?? 0) + resolutions
  }
}
