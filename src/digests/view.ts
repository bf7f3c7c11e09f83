import { totalDelta } from './circumstances.ts'
import type { Delta } from './delta.ts'
import { count, dayMonth, figure, longRange, moment, shortDuration, shortRange, signedPercent } from './format.ts'
import { busiestHour, heatmapAlt, quietestWorkingHour } from './heatmap.ts'
import { inShort, needsAttention } from './highlights.ts'
import { clip, oneLine } from './names.ts'
import { fingerprint, isQuiet, noteOf, type DigestMetric, type Snapshot } from './snapshot.ts'
import { statusOf, type Status } from './status.ts'
import { tablesOf, type TableView } from './tables.ts'
import { trendAlt } from './trend.ts'
import { words } from './words.ts'

export interface Tile {
  label: string
  value: string
  delta: Pick<Delta, 'tone' | 'arrow' | 'text'>
  /** The value of the previous period, or empty where it is not compared. */
  before: string
  /** How many cases an average is made from; empty for a count. */
  n: string
}

/** A digest in words, ready to be laid out: HTML and text are made from this, so they cannot differ in a figure. */
export interface DigestView {
  subject: string
  preheader: string
  account: string
  digest: string
  period: string
  previous: string
  /** Whether there is a previous period to show figures of. */
  compared: boolean
  zone: string
  clock: string
  status: Status
  /** What is said instead of figures when nothing happened. */
  quiet: string[]
  inShort: string[]
  tiles: Tile[]
  attention: string[]
  tables: TableView[]
  busy: string
  alt: { trend: string; heatmap: string }
  definitions: { title: string; text: string }[]
  notes: string[]
  ids: string
}

/** What a view needs to know beyond the snapshot: nothing of it changes a figure. */
export interface Envelope {
  /** Sent to one person on request; never the period's delivery. */
  test?: boolean
  deliveryId?: string
  /** Whether a workbook comes with it. */
  workbook: boolean
}

const tileMetrics = [
  'conversations_count',
  'resolutions_count',
  'avg_first_response_time',
  'avg_resolution_time',
  'reply_time',
] as const satisfies readonly DigestMetric[]

/** Puts a snapshot into words. */
export function viewOf(snapshot: Snapshot, envelope: Envelope): DigestView {
  const status = statusOf(snapshot)
  const quiet = isQuiet(snapshot)
  const account = clip(snapshot.account.name)
  return {
    subject: subjectOf(snapshot, envelope),
    preheader: words.preheader(longRange(snapshot.period), shortRange(snapshot.previous), snapshot.zone, status.short),
    account,
    digest: clip(snapshot.digest.name),
    period: longRange(snapshot.period),
    previous: snapshot.comparison === 'none' ? words.comparisonStarts : `${words.comparedWith} ${shortRange(snapshot.previous)}`,
    compared: isCompared(snapshot),
    zone: snapshot.zone,
    clock: snapshot.businessHours ? words.businessHours : words.allHours,
    status,
    quiet: quiet ? quietText(snapshot) : [],
    inShort: quiet ? [] : inShort(snapshot),
    tiles: quiet ? [] : tilesOf(snapshot),
    attention: quiet ? [] : needsAttention(snapshot),
    tables: quiet ? [] : tablesOf(snapshot, envelope.workbook),
    busy: quiet ? '' : busyText(snapshot),
    alt: { trend: trendAlt(snapshot), heatmap: heatmapAlt(snapshot) },
    definitions: quiet ? [] : tilesOfInterest(snapshot).map((metric) => definitionOf(snapshot, metric)),
    notes: [
      ...(quiet ? [] : [words.footer.attribution, words.footer.samples]),
      words.footer.why(clip(snapshot.digest.name), account),
    ],
    ids: words.footer.ids(envelope.deliveryId, fingerprint(snapshot).slice(0, 12)),
  }
}

const LONGEST_SUBJECT = 110

/** At most 110 characters, of which the first 60 stand alone; the date keeps mail programs from threading the weeks. */
function subjectOf(snapshot: Snapshot, { test }: Envelope): string {
  const { conversations_count: conversations, avg_first_response_time: response } = snapshot.totals
  const marks = (test ? words.subject.test : '') + (snapshot.data.periodOver ? '' : words.subject.incomplete)
  const week = marks + words.subject.week(clip(snapshot.account.name, 28), dayMonth(snapshot.period.firstDate))
  if (isQuiet(snapshot)) return week + words.subject.quiet
  const grown = totalDelta(snapshot, 'conversations_count')
  const faster = totalDelta(snapshot, 'avg_first_response_time')
  const volume = words.subject.conversations(
    count(conversations.current.value ?? 0),
    grown.arrow !== '' && grown.relative !== null ? ` (${signedPercent(grown.relative)})` : '',
  )
  const speed =
    response.current.value === null
      ? ''
      : words.subject.firstResponse(shortDuration(response.current.value), faster.arrow === '' ? '' : ` (${faster.short})`)
  const whole = oneLine(week + volume + speed)
  return whole.length <= LONGEST_SUBJECT ? whole : oneLine(week + volume)
}

const isCompared = ({ comparison, data }: Snapshot) => comparison === 'full' && data.periodOver

function quietText({ data }: Snapshot): string[] {
  return [words.quiet.nothing, data.lastActivity ? words.quiet.last(moment(data.lastActivity)) : words.quiet.never]
}

/** Six metrics: CSAT is one of them where surveys are sent, else what customers wrote. */
function tilesOfInterest({ totals }: Snapshot): DigestMetric[] {
  const surveyed = (['csat_surveys_count', 'csat_responses_count'] as const).some(
    (metric) => (totals[metric].current.value ?? 0) + (totals[metric].previous.value ?? 0) > 0,
  )
  return [...tileMetrics, surveyed ? 'csat_score' : 'incoming_messages_count']
}

function tilesOf(snapshot: Snapshot): Tile[] {
  return tilesOfInterest(snapshot).map((metric) => {
    const { unit } = noteOf(snapshot, metric)
    const { current, previous } = snapshot.totals[metric]
    return {
      label: words.tiles[metric] as string,
      value: figure(unit, current),
      delta: totalDelta(snapshot, metric),
      before: isCompared(snapshot) && previous.value !== null ? figure(unit, previous) : '',
      n: unit === 'count' ? '' : count(current.n),
    }
  })
}

function definitionOf(snapshot: Snapshot, metric: DigestMetric): { title: string; text: string } {
  return { title: words.tiles[metric] as string, text: noteOf(snapshot, metric).definition }
}

function busyText(snapshot: Snapshot): string {
  const busiest = busiestHour(snapshot)
  if (!busiest) return ''
  const quietest = quietestWorkingHour(snapshot)
  return [
    words.busy.busiest(words.weekdays[busiest.weekday]!, busiest.hour, count(busiest.conversations)),
    words.busy.quietest(words.weekdays[quietest.weekday]!, quietest.hour, count(quietest.conversations)),
  ].join(' ')
}
