import { text, type TextSheet } from '../../files/sheet.ts'
import { utcOffset } from '../../time/local-text.ts'
import { comparisonOf, moment } from '../mail/dates.ts'
import { count } from '../mail/format.ts'
import { scopeOf } from '../snapshot/scope.ts'
import { fingerprint, tableNames, type FrozenPeriod, type Moment, type Snapshot } from '../snapshot/snapshot.ts'
import { statusOf } from '../mail/status.ts'
import { titleOf } from '../mail/tiles.ts'
import { wordsOf } from '../mail/words/choose.ts'
import type { Words } from '../mail/words/words.ts'

/** What the figures mean and where they come from: the last two sheets of the workbook. */
export function appendixOf(snapshot: Snapshot): TextSheet[] {
  return [definitions(snapshot), about(snapshot)]
}

function definitions(snapshot: Snapshot): TextSheet {
  const words = wordsOf(snapshot.language)
  const { metric, definition, unit, direction, clock, units, better } = words.sheet
  const heading = [metric, definition, unit, direction, clock].map(text)
  const rows = snapshot.metrics.map((note) => [
    text(titleOf(words, snapshot, note.name).title),
    text(titleOf(words, snapshot, note.name).definition),
    text(units[note.unit]),
    text(better[note.direction]),
    text(note.unit === 'seconds' && snapshot.businessHours ? words.businessHours : words.allHours),
  ])
  return {
    name: words.sheet.definitions,
    widths: [28, 70, 24, 14, 16],
    rows: [
      heading,
      ...rows,
      [text(words.sheet.attribution), text(words.footer.attribution)],
      [text(words.sheet.n), text(words.footer.samples)],
    ],
  }
}

function about(snapshot: Snapshot): TextSheet {
  const words = wordsOf(snapshot.language)
  const { data, account, digest } = snapshot
  const a = words.about
  const counts = tableNames.map((table) => {
    const { length } = snapshot.tables[table]
    return words.tables[table].count(length, count(words, length))
  })
  const facts: [string, string][] = [
    [a.account, `${account.name} (${account.id})`],
    [a.digest, `${digest.name} (${digest.id}), ${a.rhythm[snapshot.cadence]}`],
    [a.period, span(snapshot.period)],
    [a.previous, comparesWith(words, snapshot)],
    [a.zone, snapshot.zone],
    [a.clock, snapshot.businessHours ? words.businessHours : words.allHours],
    [a.scope, scopeOf(words, snapshot) || a.everything],
    [a.edition, String(snapshot.edition)],
    ...takenAt(snapshot, a.takenAt),
    [a.status, statusOf(snapshot).text],
    [a.completeThrough, data.completeThrough ? exact(data.completeThrough) : a.fromRaw],
    [a.lastActivity, data.lastActivity ? moment(words, data.lastActivity) : words.delta.noData],
    [a.rows, words.list(counts)],
    [a.truncation, a.nothingCut],
    [a.hash, fingerprint(snapshot)],
  ]
  return { name: words.sheet.about, widths: [26, 80], rows: facts.map(([label, value]) => [text(label), text(value)]) }
}

/** Said only of figures that may still change: what is complete is the same whenever it is taken, and so is its file. */
function takenAt(snapshot: Snapshot, label: string): [string, string][] {
  return statusOf(snapshot).kind === 'complete' ? [] : [[label, exact(snapshot.data.takenAt)]]
}

/** Empty where a digest compares with nothing. */
function comparesWith(words: Words, snapshot: Snapshot): string {
  const said = comparisonOf(words, snapshot)
  return snapshot.comparison === 'full' || snapshot.comparison === 'partial' ? span(snapshot.previous) : said
}

const span = ({ since, until }: FrozenPeriod) => `${exact(since)} – ${exact(until)}`

/** `2026-05-04 00:00 +02:00` */
const exact = ({ local, offset }: Moment) => `${local.replace('T', ' ')} ${utcOffset(offset)}`
