import { Option, type Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { now } from '../clock.ts'
import { delimiters, type Delimiter } from '../files/csv.ts'
import type { Answer } from '../reports/answer.ts'
import type { DocumentOf } from '../reports/document.ts'
import { bucketsDocument, heatmapDocument, matrixDocument, outgoingDocument } from '../reports/documents/breakdowns.ts'
import { botsDocument, csatDocument, liveDocument } from '../reports/documents/desk.ts'
import { drilldownDocument } from '../reports/documents/drilldown.ts'
import { listDocument, summaryDocument, timeseriesDocument } from '../reports/documents/figures.ts'
import {
  comparison,
  countedBy,
  figures,
  filter,
  givenFrom,
  groupedBy,
  grouping,
  inboxFilter,
  labelFilter,
  range,
  recordPage,
  sorting,
  subject,
  type OptionGroup,
  type Options,
  type ReportGiven,
} from './report-options.ts'
import { outputTo, requireOutput, type Format } from './report-output.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

/** A report that can be asked for: what it is, which options it has, and how it is made. */
interface Report {
  description: string
  options: readonly OptionGroup[]
  document: DocumentOf<ReportGiven>
  /** Metrics of its table on a terminal where none are named: all of them would be hundreds of columns wide. */
  shown?: string
}

const mainMetrics =
  'conversations_count,incoming_messages_count,outgoing_messages_count,resolutions_count,avg_first_response_time,avg_resolution_time,reply_time'

const list = (name: Parameters<typeof listDocument>[0]): Report => ({
  description: `figures of each of the ${name}`,
  options: [range, filter, figures, comparison, sorting],
  document: listDocument(name),
  shown: mainMetrics,
})

/** The reports, by name. */
const reports: Record<string, Report> = {
  summary: {
    description: 'figures of the account or one of its agents, inboxes, labels or teams',
    options: [range, subject, filter, figures, comparison],
    document: summaryDocument,
  },
  timeseries: {
    description: 'figures in the course of time; conversations where no metric is named',
    options: [range, subject, filter, figures, comparison, grouping],
    document: timeseriesDocument,
  },
  agents: list('agents'),
  inboxes: list('inboxes'),
  teams: list('teams'),
  labels: list('labels'),
  heatmap: {
    description: 'how busy each hour of the week was',
    options: [range, filter, comparison, countedBy],
    document: heatmapDocument,
  },
  'first-response': {
    description: 'first responses by how long they took',
    options: [range, filter, comparison],
    document: bucketsDocument,
  },
  outgoing: {
    description: 'messages sent by each agent, team, inbox or label',
    options: [range, comparison, groupedBy],
    document: outgoingDocument,
  },
  matrix: {
    description: 'conversations by inbox and label',
    options: [range, inboxFilter, labelFilter, comparison],
    document: matrixDocument,
  },
  csat: {
    description: 'satisfaction, of the account and by agent',
    options: [range, filter, comparison],
    document: csatDocument,
  },
  bots: {
    description: 'what bots handled and handed off',
    options: [range, inboxFilter, comparison],
    document: botsDocument,
  },
  live: {
    description: 'conversations and agents at this moment',
    options: [filter],
    document: liveDocument,
  },
  drilldown: {
    description: 'the conversations, messages, events or responses behind a figure, newest first',
    options: [range, subject, filter, recordPage],
    document: drilldownDocument,
  },
}

/** `tidemark report <name>`: any report, as lines on a terminal, JSON, CSV or a workbook. */
export function registerReport(program: Command): void {
  const report = program.command('report').description('any report, exact at this moment: table, JSON, CSV or workbook')
  for (const [name, { description, options }] of Object.entries(reports)) {
    const command = report.command(name).description(description)
    command.requiredOption('--account <id>', 'the account', wholeNumber)
    for (const add of options) add(command)
    command
      .addOption(new Option('--format <name>', 'how it is written; default: table').choices(['table', 'json', 'csv', 'xlsx']))
      .option('--out <file>', 'where it is written; default: standard output')
      .addOption(new Option('--delimiter <name>', 'of CSV; default: comma').choices(Object.keys(delimiters)))
      .option('--no-bom', 'CSV without a byte order mark, which Excel needs')
      .action((_, command: Command) => show(reports[name]!, command.optsWithGlobals()))
  }
}

interface ShowOptions extends Options {
  account: number
  json?: true
  format?: Format
  out?: string
  delimiter?: Delimiter
  bom: boolean
}

async function show(report: Report, options: ShowOptions): Promise<void> {
  const { json, out, delimiter, bom, format = json ? 'json' : 'table' } = options
  requireOutput(format, out)
  await withSession(async (session) => {
    const answer = await ask(report, session, options, format === 'table')
    await outputTo(out, answer.data, { format, csv: { delimiter, bom } })
    tellSource(answer)
  })
}

async function ask({ document, shown }: Report, { pool }: Session, options: ShowOptions, onTerminal: boolean) {
  const moment = now()
  await requireAccount(pool, options.account)
  const given = givenFrom(options, moment)
  return document({ pool, now: moment }, options.account, onTerminal ? { ...given, metrics: given.metrics ?? shown } : given)
}

/** How the report was made, for people: what the HTTP headers say. */
function tellSource({ source, completeThrough }: Answer<unknown>): void {
  const rolled = completeThrough === undefined ? '' : `, rollups complete through ${isoOf(completeThrough)}`
  process.stderr.write(`Made from: ${source}${rolled}\n`)
}

const isoOf = (instant: number) => new Date(Math.max(0, instant) * 1000).toISOString()
