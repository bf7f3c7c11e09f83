import type { settingsJson } from '../accounts/settings-json.ts'
import { keptThings, weekdayNames, type WorkingHours } from '../accounts/settings.ts'
import { table } from './print.ts'

type Told = Awaited<ReturnType<typeof settingsJson>>

/** An account with its settings, for people; what is in force by default is said to be. */
export function settingsText(told: Told & { id: number; name: string }): string {
  const { working_hours: hours, holidays, retention, branding, in_force: force } = told
  const weekday = weekdayNames[force.first_weekday] ?? ''
  const usual = (given: unknown) => (given === null ? ' (default)' : '')
  return [
    `Account ${told.id}: ${told.name}`,
    `Zone: ${force.zone}${usual(told.zone)}.`,
    `Weeks begin on: ${weekday}${usual(told.first_weekday)}.`,
    hours === null ? 'Working hours: none settled, every day is a business day.' : `Working hours:\n${hoursText(hours)}`,
    holidays.length === 0
      ? 'Holidays: none.'
      : ['Holidays:', ...holidays.map(({ date, name }) => `  ${date} ${name}`)].join('\n'),
    `Kept: ${keptThings.map((kept) => `${kept} ${retention[kept] ? `${retention[kept]} days` : 'for ever'}`).join(', ')}.`,
    ...(['name', 'accent', 'logo', 'footer'] as const).map((part) => `Mail, ${part}: ${branding[part] ?? 'as everybody’s'}`),
  ].join('\n')
}

/** From Monday on, as most timetables are. */
function hoursText(hours: WorkingHours): string {
  const [sunday, ...others] = weekdayNames
  return [...others, sunday]
    .map((name) => {
      const open = hours[name]
      const said =
        typeof open === 'string' ? open.replace('_', ' ') : open.map(({ from, until }) => `${from}-${until}`).join(', ')
      return `  ${name.padEnd(9)}  ${said}`
    })
    .join('\n')
}

/** A page of the list of accounts. */
export function accountsText(accounts: readonly { id: number; name: string; zone: string }[], total: number): string {
  if (accounts.length === 0) return total === 0 ? 'There is no account.' : `There are no more than ${total} accounts.`
  const rest = total > accounts.length ? `\n${accounts.length} of ${total}.` : ''
  return `${table([['id', 'name', 'zone'], ...accounts.map(({ id, name, zone }) => [String(id), name, zone])])}${rest}`
}
