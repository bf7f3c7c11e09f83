import { text, type TextSheet } from '../files/sheet.ts'
import { utcOffset } from '../time/local-text.ts'
import { moment } from './format.ts'
import { fingerprint, tableNames, type FrozenPeriod, type Moment, type Snapshot } from './snapshot.ts'
import { statusOf } from './status.ts'
import { words } from './words.ts'

/** What the figures mean and where they come from: the last two sheets of the workbook. */
export function appendixOf(snapshot: Snapshot): TextSheet[] {
  return [definitions(snapshot), about(snapshot)]
}

function definitions(snapshot: Snapshot): TextSheet {
  const { metric, definition, unit, direction, clock, name, units, better } = { ...words.sheet, name: words.sheet.definitions }
  const heading = [metric, definition, unit, direction, clock].map(text)
  const rows = snapshot.metrics.map((note) => [
    text(note.title),
    text(note.definition),
    text(units[note.unit]),
    text(better[note.direction]),
    text(note.unit === 'seconds' && snapshot.businessHours ? words.businessHours : words.allHours),
  ])
  return {
    name,
    widths: [28, 70, 24, 14, 16],
    rows: [
      heading,
      ...rows,
      [text(words.sheet.attribution), text(words.footer.attribution)],
      [text('n'), text(words.footer.samples)],
    ],
  }
}

function about(snapshot: Snapshot): TextSheet {
  const { data, account, digest } = snapshot
  const a = words.about
  const counts = tableNames.map((table) => `${snapshot.tables[table].length} ${words.tables[table].many}`).join(', ')
  const facts: [string, string][] = [
    [a.account, `${account.name} (${account.id})`],
    [a.digest, `${digest.name} (${digest.id}), ${a.weekly}`],
    [a.period, span(snapshot.period)],
    [a.previous, snapshot.comparison === 'none' ? words.comparisonStarts : span(snapshot.previous)],
    [a.zone, snapshot.zone],
    [a.clock, snapshot.businessHours ? words.businessHours : words.allHours],
    [a.takenAt, exact(data.takenAt)],
    [a.status, statusOf(snapshot).text],
    [a.completeThrough, data.completeThrough ? exact(data.completeThrough) : a.fromRaw],
    [a.lastActivity, data.lastActivity ? moment(data.lastActivity) : words.noData],
    [a.rows, counts],
    [a.truncation, a.nothingCut],
    [a.hash, fingerprint(snapshot)],
  ]
  return { name: words.sheet.about, widths: [26, 80], rows: facts.map(([label, value]) => [text(label), text(value)]) }
}

const span = ({ since, until }: FrozenPeriod) => `${exact(since)} – ${exact(until)}`

/** `2026-05-04 00:00 +02:00` */
const exact = ({ local, offset }: Moment) => `${local.replace('T', ' ')} ${utcOffset(offset)}`
