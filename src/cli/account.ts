import type { Command } from 'commander'
import { requireAccount } from '../accounts/account.ts'
import { changeSettings } from '../accounts/settings-change.ts'
import { changeFrom, patched, settingsJson } from '../accounts/settings-json.ts'
import type { Holiday, Kept, OpenHours, WeekdayName } from '../accounts/settings.ts'
import { settingsFrom, wireOf, type WireSettings } from '../accounts/settings-schema.ts'
import { accountZone } from '../accounts/zone.ts'
import { byCommand } from '../audit/change.ts'
import { now } from '../clock.ts'
import { many } from '../db.ts'
import { invalid } from '../errors.ts'
import { accountsText, settingsText } from './account-text.ts'
import { holidayNamed, hoursNamed, keptFor, orDefault, weekdayOrDefault } from './account-values.ts'
import { print } from './print.ts'
import { jsonFile } from './recipient-values.ts'
import { withSession, type Session } from './session.ts'
import { wholeNumber } from './values.ts'

const PAGE = 100

interface Options {
  account: number
  json?: boolean
}
interface SetOptions extends Options {
  file?: string
  replace?: boolean
  zone?: string
  firstWeekday?: string
  hours?: string[]
  holiday?: string[]
  removeHoliday?: string[]
  keep?: string[]
  name?: string
  accent?: string
  logo?: string
  footer?: string
  reason?: string
}

/** `tidemark account …`: the accounts of this installation, and what each has settled for itself. */
export function registerAccount(program: Command): void {
  const account = program.command('account').description('accounts and their settings')
  account
    .command('list')
    .description('the accounts with their time zones, a hundred each')
    .option('--page <n>', 'which hundred', wholeNumber, 1)
    .action((_, command: Command) => withSession((session) => list(session, command.optsWithGlobals())))
  const verb = (name: string, description: string) =>
    account.command(name).description(description).requiredOption('--account <id>', 'the account', wholeNumber)
  verb('show', 'the settings of an account').action(doing(show))
  settingOptions(verb('set', 'change settings; what is not named stays. “default” gives a setting its default back')).action(
    doing(set),
  )
}

function settingOptions(command: Command): Command {
  return command
    .option('--file <path>', 'settings in JSON, as the API takes them; - reads standard input. Other options change them')
    .option('--replace', 'what the file leaves out has its default again')
    .option('--zone <name>', 'the time zone of its hours and days; a change rolls the account anew')
    .option('--first-weekday <name>', 'on which day its weeks begin')
    .option('--hours <days...>', 'when it is open: monday=09:00-12:00,13:00-17:00 saturday=closed sunday=all_day; default')
    .option('--holiday <dates...>', 'a date without business, such as "2026-05-01=Labour Day"')
    .option('--remove-holiday <dates...>', 'dates that are none any more; all')
    .option('--keep <days...>', 'for how many days what is kept: logs=90 raw=forever')
    .option('--name <text>', 'what the service is called in mail')
    .option('--accent <colour>', 'the colour of mail, such as #0d6470')
    .option('--logo <address>', 'an https address of a picture')
    .option('--footer <text>', 'the last line of a mail')
    .option('--reason <text>', 'why, for the audit log')
}

/** What a verb does with the options of its command, on an account that there is. */
const doing = (work: (session: Session, options: never) => Promise<void>) => (_: unknown, command: Command) =>
  withSession(async (session) => {
    const options = command.optsWithGlobals<Options>()
    await requireAccount(session.pool, options.account)
    await work(session, options as never)
  })

async function list({ pool }: Session, { page, json }: { page: number; json?: boolean }): Promise<void> {
  const rows = await many<{ id: number; name: string; total: number }>(
    pool,
    'select id, name, count(*) over ()::int as total from accounts order by id limit $1 offset $2',
    [PAGE, (page - 1) * PAGE],
  )
  const accounts = []
  for (const { id, name } of rows) accounts.push({ id, name, zone: (await accountZone(pool, id)).name })
  const total = rows[0]?.total ?? 0
  print(json, { total_count: total, page, accounts }, accountsText(accounts, total))
}

async function show({ pool }: Session, { account, json }: Options): Promise<void> {
  const told = { ...(await requireAccount(pool, account)), ...(await settingsJson(pool, account)) }
  const { id: _, name: __, ...settings } = told
  print(json, settings, settingsText(told))
}

async function set(session: Session, options: SetOptions): Promise<void> {
  const { file, replace, account, reason } = options
  if (replace && file === undefined) throw invalid('--replace takes the settings of a file: give --file.')
  const given = changeFrom(file === undefined ? {} : jsonFile(file))
  const wanted = (before: WireSettings) => {
    // Checked before options are laid over it: a file may hold anything.
    const base = wireOf(settingsFrom(replace ? given.settings : patched(before, given.settings)))
    return patched(base, patchFrom(options, base))
  }
  const change = { ...byCommand(now()), reason: reason === undefined ? given.reason : changeFrom({ reason }).reason }
  await changeSettings(session.pool, account, wanted, change)
  await show(session, options)
}

/** What the options change. */
function patchFrom(options: SetOptions, base: WireSettings): Record<string, unknown> {
  const { zone, firstWeekday, hours, keep } = options
  const branding = given(options, ['name', 'accent', 'logo', 'footer'])
  return {
    ...(zone !== undefined && { zone: orDefault(zone) }),
    ...(firstWeekday !== undefined && { first_weekday: weekdayOrDefault(firstWeekday) }),
    ...(hours && { working_hours: hoursWith(base.working_hours, hours) }),
    ...((options.holiday ?? options.removeHoliday) && { holidays: holidaysWith(base.holidays, options) }),
    ...(keep && { retention: { ...base.retention, ...(Object.fromEntries(keep.map(keptFor)) as Record<Kept, number>) } }),
    ...(Object.keys(branding).length > 0 && { branding: { ...base.branding, ...branding } }),
  }
}

function given(options: SetOptions, names: readonly ('name' | 'accent' | 'logo' | 'footer')[]): Record<string, string | null> {
  const entries = names.flatMap((name) => (options[name] === undefined ? [] : [[name, orDefault(options[name])] as const]))
  return Object.fromEntries(entries)
}

function hoursWith(before: WireSettings['working_hours'], hours: readonly string[]): unknown {
  if (hours.length === 1 && hours[0] === 'default') return null
  return { ...before, ...(Object.fromEntries(hours.map(hoursNamed)) as Record<WeekdayName, OpenHours[]>) }
}

/** Holidays with some more, and without others; one that is there already has the new name. */
function holidaysWith(before: readonly Holiday[], { holiday = [], removeHoliday = [] }: SetOptions): Holiday[] {
  const added = holiday.map(holidayNamed)
  const gone = new Set([...removeHoliday, ...added.map(({ date }) => date)])
  return [...(removeHoliday.includes('all') ? [] : before.filter(({ date }) => !gone.has(date))), ...added]
}
