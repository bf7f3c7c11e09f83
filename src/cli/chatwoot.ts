import { InvalidArgumentError, type Command } from 'commander'
import { FINDINGS_MAX, agreementOf, type Agreement } from '../chatwoot/agreement.ts'
import { compareAll } from '../chatwoot/compare.ts'
import { greet, sampleOf } from '../chatwoot/discover.ts'
import { questionsOf } from '../chatwoot/plan.ts'
import { httpSide, type Side } from '../chatwoot/side.ts'
import { now } from '../clock.ts'
import { Refusal } from '../errors.ts'
import { instantFrom } from '../time/instant-text.ts'
import { UTC } from '../time/zone.ts'
import { print, progressBar, table } from './print.ts'
import { servedPaths, withOwnServer } from './own-server.ts'
import { wholeNumber } from './values.ts'

interface Options {
  url: string
  token: string
  account: number
  since: string
  until: string
  against?: string
  timezoneOffset?: string
  businessHours?: boolean
  sample: number
  timeout: number
  json?: boolean
}

/** Findings that are printed; `--json` has more. */
const SHOWN = 20

/** `tidemark chatwoot compare`: asks a running Chatwoot and Tidemark the same questions. */
export function registerChatwoot(program: Command): void {
  const chatwoot = program.command('chatwoot').description('Tidemark beside a running Chatwoot')
  chatwoot
    .command('compare')
    .description('ask Chatwoot and Tidemark the same; exit 3 on a difference that no documented reason explains')
    .requiredOption('--url <address>', 'where Chatwoot is, such as https://desk.example.com')
    .requiredOption('--token <text>', 'the api_access_token of an administrator; it is sent to both and never shown')
    .requiredOption('--account <id>', 'the account', wholeNumber)
    .requiredOption('--since <time>', 'from when on (a date in UTC, ISO time, Unix seconds or -7d)')
    .requiredOption('--until <time>', 'until when')
    .option('--against <address>', 'where Tidemark is; default: this program answers, from the configured database')
    .option('--timezone-offset <hours>', 'cut days as clocks so many hours ahead of UTC do; default: UTC', hours)
    .option('--business-hours', 'ask for times in business hours')
    .option('--sample <n>', 'how many agents, inboxes, teams and labels to ask about, the busiest first', upTo(50), 5)
    .option('--timeout <seconds>', 'how long one answer may take', upTo(600), 60)
    .action((_, command: Command) => run(command.optsWithGlobals<Options>()))
}

function hours(text: string): string {
  if (/^-?\d{1,2}(\.\d{1,2})?$/.test(text)) return text
  throw new InvalidArgumentError('Give hours, such as -4 or 5.5.')
}

function upTo(most: number) {
  return (text: string): number => {
    const number = wholeNumber(text)
    if (number > most) throw new InvalidArgumentError(`Give at most ${most}.`)
    return number
  }
}

async function run(options: Options): Promise<void> {
  const { url, token, against } = options
  const timeout = options.timeout * 1000
  const chatwoot = httpSide({ name: 'Chatwoot', baseUrl: url, token, timeout })
  if (against === undefined) return withOwnServer(token, (tidemark, signal) => compare(chatwoot, tidemark, options, signal))
  return compare(chatwoot, httpSide({ name: 'Tidemark', baseUrl: against, token, timeout }), options)
}

async function compare(chatwoot: Side, tidemark: Side, options: Options, signal?: AbortSignal): Promise<void> {
  const { account: accountId, timezoneOffset, businessHours, token, json } = options
  const at = now()
  const range = { since: instantFrom(options.since, UTC, at), until: instantFrom(options.until, UTC, at) }
  const asked = { range, ...(timezoneOffset !== undefined && { timezoneOffset }), ...(businessHours && { businessHours }) }
  // An impossible range is told before anybody is bothered.
  questionsOf(asked, { agent: [], inbox: [], team: [], label: [] })
  await greet(tidemark, accountId, range)
  const questions = questionsOf(asked, await sampleOf(chatwoot, accountId, range, options.sample))
  const sides = { chatwoot, tidemark, accountId, now: at, served: await servedPaths(tidemark) }
  const bar = progressBar('Compared')
  const onOutcome = (done: number) => bar(done, questions.length, `${done} of ${questions.length} questions`)
  const outcomes = await compareAll(sides, questions, { onOutcome, ...(signal && { signal }) })
  const agreement = agreementOf(outcomes, accountId)
  // Whatever a side may have repeated of what it was sent.
  const redacted = JSON.parse(JSON.stringify(agreement).replaceAll(token, '[token]')) as Agreement
  print(json, redacted, textOf(redacted))
  if (signal?.aborted) throw new Refusal('interrupted', `Stopped after ${outcomes.length} questions.`, { exitCode: 130 })
  if (agreement.differing > 0) process.exitCode = 3
}

function textOf({ asked, equal, explained, differing, endpoints, reasons, findings }: Agreement): string {
  const rows = endpoints.map((row) => [
    row.endpoint,
    ...[row.asked, row.equal, row.explained, row.differing].map(String),
    row.reasons.join(', '),
  ])
  const shown = findings.slice(0, SHOWN).map(({ address, at, chatwoot, tidemark }) => {
    const values = `Chatwoot ${short(chatwoot)}, Tidemark ${short(tidemark)}`
    return `  ${address}\n    ${at}: ${values}`
  })
  const more = differing > shown.length ? [`  and ${differing - shown.length} more; --json lists ${FINDINGS_MAX}`] : []
  return [
    table([['endpoint', 'asked', 'equal', 'explained', 'differing', 'reasons'], ...rows]),
    ...(reasons.length > 0 ? ['', ...reasons.map(({ id, sentence, questions }) => `${id} (${questions}): ${sentence}`)] : []),
    ...(differing > 0 ? ['', 'Differing without a documented reason:', ...shown, ...more] : []),
    '',
    `${asked} questions: ${equal} equal, ${explained} explained, ${differing} differing.`,
  ].join('\n')
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
