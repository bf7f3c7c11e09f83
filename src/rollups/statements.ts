import { sql } from '../db.ts'
import { histograms, parts, sourceOf, typeOf, type Part, type Source } from './parts.ts'

/** The statement that counts a source's parts from the raw rows of some intervals; parameters are explained in each file. */
export const sourceStatements: Record<Source, string> = {
  conversations: sql(import.meta.url, './source-parts/conversations.sql'),
  messages: sql(import.meta.url, './source-parts/messages.sql'),
  events: sql(import.meta.url, './source-parts/events.sql'),
  csat: sql(import.meta.url, './source-parts/csat.sql'),
  tagged: sql(import.meta.url, './source-parts/tagged.sql'),
}

/** The conversations with bot events in some stretches, by raw rows and by rolled ones. */
export const botConversations = sql(import.meta.url, './bot-conversations.sql')

/** Parts that only label rows have; other rows leave them null, which costs a bit instead of bytes. */
const labelOnly = (part: Part) => sourceOf(part) === 'tagged' || part === 'tagged_resolutions'

function fill(text: string, places: Record<string, string>): string {
  return text.replaceAll(/\/\*(\w+)\*\//g, (whole, place: string) => places[place] ?? whole)
}

const sums = parts
  .map((part) => {
    const sum = typeOf(part) === 'integer' ? `sum(${part})::int` : `sum(${part})`
    return labelOnly(part) ? sum : `coalesce(${sum}, 0)`
  })
  .join(', ')

/** One branch per source: its own parts, null for the others. */
function branch(source: Source, from: string): string {
  const columns = parts.map((part) => (sourceOf(part) === source ? part : `null::${typeOf(part)} as ${part}`))
  return `select slot, dimension, dimension_id, ${columns.join(', ')} from ${from}`
}

const branches = (Object.keys(sourceStatements) as Source[]).map((source) =>
  branch(source, source === 'events' ? 'event_part' : `(${sourceStatements[source]}) as ${source}_part`),
)

export const mergeHours = fill(sql(import.meta.url, './merge-hours.sql'), {
  events: sourceStatements.events,
  sources: branches.join('\n  union all\n  '),
  histograms: histograms.join(', '),
  parts: parts.join(', '),
  sums,
})

const mergeBuckets = sql(import.meta.url, './merge-buckets.sql')
const mergeFrom = (fine: string, coarse: string) => fill(mergeBuckets, { fine, coarse, parts: parts.join(', '), sums })

/** From finer to coarser: each grain's tables and the statements that make its rows from the grain before. */
export const grains = [
  { unit: 'hour', rollup: 'rollup_hourly', histogram: 'histogram_hourly' },
  { unit: 'day', rollup: 'rollup_daily', histogram: 'histogram_daily' },
  { unit: 'month', rollup: 'rollup_monthly', histogram: 'histogram_monthly' },
] as const
export type Grain = (typeof grains)[number]

export const coarser = [
  {
    grain: grains[1],
    merge: mergeFrom('rollup_hourly', 'rollup_daily'),
    mergeHistograms: fill(sql(import.meta.url, './merge-daily-histograms.sql'), {
      bins: histograms.map((name, i) => `select ${i + 1}, unnest(h.${name})`).join(' union all '),
    }),
  },
  {
    grain: grains[2],
    merge: mergeFrom('rollup_daily', 'rollup_monthly'),
    mergeHistograms: sql(import.meta.url, './merge-monthly-histograms.sql'),
  },
] as const
