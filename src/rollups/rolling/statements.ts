import { sql } from '../../db.ts'
import {
  eventOf,
  histograms,
  labelOnly,
  parts,
  sourceOf,
  typeOf,
  type Histogram,
  type Part,
  type Source,
  type Timed,
} from '../parts.ts'

const sources: Record<Source, string> = {
  conversations: sql(import.meta.url, './source-parts/conversations.sql'),
  messages: sql(import.meta.url, './source-parts/messages.sql'),
  events: sql(import.meta.url, './source-parts/events.sql'),
  csat: sql(import.meta.url, './source-parts/csat.sql'),
  status: sql(import.meta.url, './source-parts/status.sql'),
  tagged: sql(import.meta.url, './source-parts/tagged.sql'),
}

/** What the rows by tag and inbox count, each from the raw rows of some intervals; parameters are explained in each file. */
export const tagCounts = {
  conversations: sql(import.meta.url, './tag-conversations.sql'),
  outgoing_messages: sql(import.meta.url, './tag-messages.sql'),
} as const

/** The conversations with bot events in some stretches, by raw rows and by rolled ones. */
export const botConversations = sql(import.meta.url, './bot-conversations.sql')

/**
 * The statement that counts a source's parts from the raw rows of some intervals, which ascend; parameters are explained in
 * each file. The bounds of all of them stand in it beside each one's own: the planner takes these for constants and leaves
 * out other months' partitions (with two years of them, it plans in 12 ms instead of 40, and runs in half the time).
 * @param filter conditions begun by `and` on the rows that count (see filter.ts)
 * @param split a column of theirs: each row is then told apart by it, too, in a column `split`
 */
export const sourceStatement = (source: Source, filter = '', split?: string) =>
  fill(sources[source], { filter, ...splitPlaces(split) })

/** What a statement says in its places to tell its rows apart by one more column, there where the column is and further out. */
export const splitPlaces = (column: string | undefined): Record<string, string> =>
  column === undefined
    ? { split: '', kept: '', by: '' }
    : { split: `coalesce(${column}, 0) as split,`, kept: 'split,', by: ', split' }

/** Puts texts into the places of a statement, which are comments of one word. */
export function fill(text: string, places: Record<string, string>): string {
  return text.replaceAll(/\/\*(\w+)\*\//g, (whole, place: string) => places[place] ?? whole)
}

const sums = parts
  .map((part) => {
    const sum = typeOf(part) === 'integer' ? `sum(${part})::int` : `sum(${part})`
    return labelOnly(part) ? sum : `coalesce(${sum}, 0)`
  })
  .join(', ')

/** Columns of one branch per source: its own of these parts, null for the others. */
export const columnsOf = (source: Source, wanted: readonly Part[]) =>
  wanted.map((part) => (sourceOf(part) === source ? part : `null::${typeOf(part)} as ${part}`)).join(', ')

const branch = (source: Source) =>
  `select slot, dimension, dimension_id, ${columnsOf(source, parts)} from (${sourceStatement(source)}) as ${source}_part`

export const mergeHours = fill(sql(import.meta.url, './merge-hours.sql'), {
  sources: (Object.keys(sources) as Source[]).map(branch).join('\n  union all\n  '),
  parts: parts.join(', '),
  sums,
})

const mergeBuckets = sql(import.meta.url, './merge-buckets.sql')
const mergeFrom = (fine: string, coarse: string) => fill(mergeBuckets, { fine, coarse, parts: parts.join(', '), sums })

/** The event whose times a histogram shows, and the clock. */
function shown(histogram: Histogram): { event: string; clock: string } {
  const clock = histogram.endsWith('_business') ? 'business' : 'value'
  return { event: eventOf[histogram.slice(0, -clock.length - 1) as Timed], clock }
}

const mergeDayHistograms = fill(sql(import.meta.url, './merge-day-histograms.sql'), {
  histograms: histograms.join(', '),
  // Counting a list takes 25 µs whatever its length, which is more than a short one saves: most ids of a day have a few events.
  counted: histograms
    .map((name) => `case when cardinality(p.${name}) > 32 then tidemark.count_bins(p.${name}) else p.${name} end`)
    .join(', '),
  binned: histograms
    .map((name) => ({ name, ...shown(name) }))
    .map(
      ({ name, event, clock }) =>
        `array_agg(e.${clock}) filter (where e.name = '${event}' and e.${clock} is not null) as ${name}`,
    )
    .join(', '),
})

const mergeMonthHistograms = fill(sql(import.meta.url, './merge-month-histograms.sql'), {
  histograms: histograms.join(', '),
  unnested: histograms.map((name, i) => `select ${i}, unnest(h.${name})`).join(' union all '),
  gathered: histograms.map((_, i) => `array_agg(1024 * n + bin order by bin) filter (where histogram = ${i})`).join(', '),
})

const mergeDayTags = fill(sql(import.meta.url, './merge-day-tags.sql'), {
  conversations: tagCounts.conversations,
  messages: tagCounts.outgoing_messages,
})

/** The table of the finest grain, which raw rows are rolled into. */
export const HOURLY = 'rollup_hourly'

/** From finer to coarser: each grain's tables and the statements that make its rows, from the grain before or from raw rows. */
export const mergedGrains = [
  {
    unit: 'day',
    rollup: 'rollup_daily',
    merge: mergeFrom(HOURLY, 'rollup_daily'),
    histogram: 'histogram_daily',
    mergeHistograms: mergeDayHistograms,
    tagged: 'tagged_daily',
    mergeTags: mergeDayTags,
  },
  {
    unit: 'month',
    rollup: 'rollup_monthly',
    merge: mergeFrom('rollup_daily', 'rollup_monthly'),
    histogram: 'histogram_monthly',
    mergeHistograms: mergeMonthHistograms,
    tagged: 'tagged_monthly',
    mergeTags: sql(import.meta.url, './merge-month-tags.sql'),
  },
] as const

/** The widths of buckets that are made of finer ones. */
export type MergedUnit = (typeof mergedGrains)[number]['unit']

/** Every table that holds an account's buckets. */
export const bucketTables = [HOURLY, ...mergedGrains.flatMap((grain) => [grain.rollup, grain.histogram, grain.tagged])] as const
