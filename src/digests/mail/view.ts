import { needsAttention } from './attention.ts'
import { UNBRANDED, type Branding } from '../../accounts/settings.ts'
import { businessDaysText } from './business-days.ts'
import { busyText } from './busy.ts'
import { correctionsOf } from '../snapshot/corrections.ts'
import { comparisonOf, fullDate, longPeriod, moment, shortPeriod } from './dates.ts'
import type { Envelope } from './envelope.ts'
import { count } from './format.ts'
import { hasHeatmap, heatmapAlt } from './heatmap.ts'
import { inShort } from './highlights.ts'
import { clip, isolated } from './names.ts'
import { capital, piecesInWords, piecesOf, previousTitle } from '../snapshot/pieces.ts'
import { scopeOf } from '../snapshot/scope.ts'
import { fingerprint, isQuiet, type Snapshot } from '../snapshot/snapshot.ts'
import { statusOf, type Status } from './status.ts'
import { subjectOf } from '../snapshot/subject.ts'
import { tablesOf, type TableView } from './tables.ts'
import { isCompared, metricsOnTiles, tileLabel, tilesOf, titleOf, type Tile } from './tiles.ts'
import { wordsOf } from './words/choose.ts'
import type { Words } from './words/words.ts'

/** A digest in words, ready to be laid out: HTML and text are made from this, so they cannot differ in a figure. */
export interface DigestView {
  subject: string
  preheader: string
  /** What the account has settled of how its mail looks. */
  brand: Pick<Branding, 'name' | 'logo' | 'footer'>
  account: string
  title: string
  period: string
  /** What is compared with, or why nothing is; empty where nothing shall be. */
  previous: string
  /** Whether there is a previous period to show figures of. */
  compared: boolean
  /** Zone, clock, edition where it is not the first. */
  facts: string[]
  /** What the figures are restricted to; empty for all. */
  scope: string
  /** The business days of both periods; empty where they make no difference. */
  businessDays: string
  status: Status
  /** What is said instead of figures when nothing happened. */
  quiet: string[]
  inShort: string[]
  tiles: Tile[]
  corrections: string[]
  attention: string[]
  /** Columns of figures: of this period and of the one that it is compared with. */
  columns: { thisPeriod: string; previousPeriod: string }
  trend: { title: string; legend: string[]; alt: string }
  tables: TableView[]
  busy: { text: string; heatmap: string }
  definitions: { title: string; text: string }[]
  notes: string[]
  ids: string
}

/** Puts a snapshot into words. `inWorkbook`: whether a workbook comes with it that has what the mail leaves out. */
export function viewOf(snapshot: Snapshot, envelope: Envelope, inWorkbook: boolean): DigestView {
  const words = wordsOf(snapshot.language)
  const quiet = isQuiet(snapshot)
  const previous = previousTitle(snapshot)
  const thisPeriod = words.thisPeriod[snapshot.cadence]
  const pieces = piecesOf(snapshot)
  return {
    ...header(words, snapshot, envelope),
    quiet: quiet ? quietText(words, snapshot) : [],
    inShort: quiet ? [] : inShort(snapshot),
    tiles: quiet ? [] : tilesOf(snapshot),
    corrections: correctionsOf(snapshot),
    attention: quiet ? [] : needsAttention(snapshot),
    columns: { thisPeriod, previousPeriod: isCompared(snapshot) ? previous : '' },
    trend: {
      title: words.headings.trend[pieces.by],
      legend: [thisPeriod, ...(pieces.previous.length > 0 ? [previous] : [])].map(capital),
      alt: piecesInWords(words, pieces, snapshot),
    },
    tables: quiet ? [] : tablesOf(snapshot, inWorkbook),
    busy: {
      text: quiet ? '' : busyText(snapshot),
      heatmap: quiet || !hasHeatmap(snapshot) ? '' : heatmapAlt(snapshot),
    },
    definitions: quiet ? [] : metricsOnTiles(snapshot).map((metric) => definitionOf(words, snapshot, metric)),
    notes: [...(quiet ? [] : [words.footer.attribution, words.footer.samples]), whyOf(words, snapshot, envelope)],
    ids: idsOf(words, snapshot, envelope),
  }
}

function header(words: Words, snapshot: Snapshot, { test }: Envelope) {
  const { cadence, period, zone, businessHours, edition } = snapshot
  const status = statusOf(snapshot)
  const against = snapshot.comparison === 'full' || snapshot.comparison === 'partial'
  return {
    subject: subjectOf(snapshot, test),
    preheader: words.preheader(
      longPeriod(words, cadence, period),
      against ? shortPeriod(words, cadence, snapshot.previous, snapshot.comparedWith === 'year' && cadence !== 'monthly') : '',
      zone,
      status.short,
    ),
    brand: snapshot.branding ?? UNBRANDED,
    account: clip(snapshot.account.name),
    title: words.title[cadence],
    period: longPeriod(words, cadence, period),
    previous: comparisonOf(words, snapshot),
    compared: isCompared(snapshot),
    facts: [
      zone,
      businessHours ? words.businessHours : words.allHours,
      ...(edition > 1 ? [words.edition(count(words, edition))] : []),
    ],
    scope: scopeOf(words, snapshot),
    businessDays: businessDaysText(words, snapshot),
    status,
  }
}

function quietText({ quiet }: Words, { data, language }: Snapshot): string[] {
  return [quiet.nothing, data.lastActivity ? quiet.last(moment(wordsOf(language), data.lastActivity)) : quiet.never]
}

function definitionOf(words: Words, snapshot: Snapshot, metric: Parameters<typeof titleOf>[2]): { title: string; text: string } {
  return { title: tileLabel(words, snapshot, metric), text: titleOf(words, snapshot, metric).definition }
}

/** Why somebody gets the mail: who added them and when, as far as that is known. */
function whyOf(words: Words, snapshot: Snapshot, { recipient }: Envelope): string {
  const { footer } = words
  const named = (name: string) => isolated(clip(name), words.direction)
  if (recipient?.addedOn !== undefined) {
    const date = fullDate(words, recipient.addedOn)
    return recipient.addedBy === undefined ? footer.added(date) : footer.addedBy(named(recipient.addedBy), date)
  }
  return footer.listed(words.quoted(named(snapshot.digest.name)), named(snapshot.account.name))
}

function idsOf(words: Words, snapshot: Snapshot, { deliveryId }: Envelope): string {
  const digest = words.quoted(isolated(clip(snapshot.digest.name), words.direction))
  const edition = words.edition(count(words, snapshot.edition))
  return words.footer.ids(digest, edition, deliveryId && clip(deliveryId), fingerprint(snapshot).slice(0, 12))
}
