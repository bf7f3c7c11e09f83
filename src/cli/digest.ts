import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { accountZone } from '../accounts/zone.ts'
import { now } from '../clock.ts'
import { config } from '../config.ts'
import type { Cadence } from '../digests/cadence.ts'
import type { Format } from '../digests/definition.ts'
import { createDigest, digestsOf, findDigest } from '../digests/digest.ts'
import { previewFiles, previewSnapshot } from '../digests/preview.ts'
import { runDigest } from '../digests/run-digest.ts'
import { sendTestMail } from '../digests/test-mail.ts'
import { Refusal } from '../errors.ts'
import type { Weekday } from '../time/calendar.ts'
import { print, table } from './print.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

interface Options {
  account: number
  digest: number
  json?: boolean
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** `tidemark digest create | list | preview | test | run`. */
export function registerDigest(program: Command): void {
  const digest = program.command('digest').description('the weekly report by mail')
  const verb = (name: string, description: string) =>
    digest.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)
  const onDigest = (name: string, description: string) =>
    verb(name, description).requiredOption('--digest <id>', 'the digest', wholeNumber)

  verb('create', 'make a digest; its first mail goes out at the next slot')
    .requiredOption('--to <addresses...>', 'recipients; each gets a mail of his own')
    .option('--name <text>', 'what it is called', 'Weekly report')
    .option('--weekday <name>', 'on which day it goes out', 'monday')
    .option('--time <HH:MM>', 'at what local time', '08:00')
    .option('--zone <name>', 'in which time zone; default: the account’s')
    .option('--formats <names...>', 'inline, csv, xlsx', ['inline', 'xlsx'])
    .option('--business-hours', 'count times in business hours')
    .action((_, command: Command) => withSession((session) => create(session, command.optsWithGlobals())))
  verb('list', 'the digests of an account').action((_, command: Command) =>
    withSession((session) => list(session, command.optsWithGlobals())),
  )
  onDigest('preview', 'write what a mail would be into a folder: HTML, text, CSV, XLSX, pictures. Sends nothing')
    .option('--period <week>', 'a date in the week (2026-05-06) or its number (2026-W19); default: the week that is due')
    .requiredOption('--out <dir>', 'the folder')
    .action((_, command: Command) => withSession((session) => preview(session, command.optsWithGlobals())))
  onDigest('test', 'send the week that is due to one address, marked [TEST]; never counts as its delivery')
    .requiredOption('--to <address>', 'the only recipient')
    .action((_, command: Command) => withSession((session) => test(session, command.optsWithGlobals())))
  onDigest('run', 'compose and deliver the week that is due, once; exit 3 when something is left').action((_, command: Command) =>
    withSession((session) => runNow(session, command.optsWithGlobals())),
  )
}

interface CreateOptions extends Omit<Options, 'digest'> {
  to: string[]
  name: string
  weekday: string
  time: string
  zone?: string
  formats: Format[]
  businessHours?: boolean
}

async function create({ pool }: Session, options: CreateOptions): Promise<void> {
  const { account, name, time, formats, businessHours = false, json } = options
  const recipients = options.to.map((address) => ({ address }))
  const zone = options.zone ?? (await accountZone(pool, account)).name
  const cadence: Cadence = { every: 'week', weekdays: [weekdays.indexOf(options.weekday.toLowerCase()) as Weekday], time }
  const made = await createDigest(
    pool,
    account,
    { name, zone, cadence, recipients, formats, businessHours },
    { userId: null, at: now() },
  )
  print(json, made, `Digest ${made.id} goes out on ${options.weekday}s at ${time} (${made.zone}).`)
}

async function list({ pool }: Session, { account, json }: Options): Promise<void> {
  const digests = await digestsOf(pool, account)
  const rows = digests.map((d) => [
    String(d.id),
    d.name,
    JSON.stringify(d.cadence),
    d.zone,
    String(d.recipients.length),
    d.paused ? 'paused' : 'active',
  ])
  print(json, digests, table([['id', 'name', 'due', 'zone', 'recipients', 'state'], ...rows]))
}

async function preview({ pool }: Session, options: Options & { period?: string; out: string }): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const snapshot = await previewSnapshot(pool, digest, now(), options.period)
  const folder = resolve(options.out)
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const { name, content } of await previewFiles(snapshot)) {
    await writeFile(join(folder, name), content)
    files.push(join(folder, name))
  }
  print(options.json, { period: snapshot.period, files }, files.join('\n'))
}

async function test({ pool }: Session, options: Options & { to: string }): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const { outcome, subject, firstDate } = await sendTestMail(pool, digest, options.to, now())
  if ('error' in outcome) throw new Refusal('not_sent', `Not sent (${outcome.kind}): ${outcome.error}`, { exitCode: 1 })
  const done = outcome.kind === 'sent' ? `Sent to ${options.to}` : `No SMTP_URL is set: written into ${outbox()}, not sent`
  print(options.json, { state: outcome.kind, subject, period: firstDate }, `${done}: ${subject}`)
}

async function runNow({ pool, signal }: Session, options: Options): Promise<void> {
  const digest = await findDigest(pool, options.account, options.digest)
  const result = await runDigest(pool, digest, now(), { signal })
  const { firstDate, state, note, sent, deliveries } = result
  const nothing = Object.values(sent).every((n) => n === 0)
  const states = Object.entries(deliveries).map(([name, n]) => `${n} ${name}`)
  const lines = [
    `Week of ${firstDate}: ${state}${note ? ` (${note})` : ''}. ${nothing && state === 'done' ? 'Delivered before, nothing to do: ' : ''}${states.join(', ') || 'no deliveries'}.`,
    ...(sent.written > 0 ? [`No SMTP_URL is set: written into ${outbox()}, not sent.`] : []),
  ]
  print(options.json, result, lines.join('\n'))
  const settled = (deliveries.sent ?? 0) + (deliveries.written ?? 0)
  const all = Object.values(deliveries).reduce((sum, n) => sum + n, 0)
  if (state !== 'done' || settled < all) process.exitCode = 3
}

const outbox = () => resolve(config.dataDir, 'outbox')
