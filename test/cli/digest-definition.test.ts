// What the options of a definition mean, without a database: each alone, over what was there, and together.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { definitionOptions, definitionWith } from '../../src/cli/digest-definition.ts'
import { Refusal } from '../../src/errors.ts'
import { definitionFrom, type WireDefinition } from '../../src/digests/definition/wire.ts'

const weekly = {
  name: 'Managers',
  zone: 'Europe/Berlin',
  cadence: { every: 'week', weekdays: [1], time: '08:00' },
  window: { unit: 'week', count: 1 },
  filter: { team: [3] },
  condition: { when: 'missed', thresholds: [{ metric: 'reply_time', limit: 'above', value: 60 }], targets: true },
  recipients: [{ address: 'ana@example.com', lens: 'all' }],
} as unknown as Partial<WireDefinition>

/** What a definition becomes with some options, as long as it is one. */
function withOptions(args: string[], base: Partial<WireDefinition> = weekly): Record<string, unknown> {
  const command = definitionOptions(new Command('edit'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  command.parse(args, { from: 'user' })
  const json = definitionWith(base, command.opts())
  definitionFrom(json)
  return json
}

test.each<[string[], object]>([
  [[], weekly],
  [['--name', 'Leads'], { name: 'Leads' }],
  [['--every', 'day'], { cadence: { every: 'day', time: '08:00' }, window: { unit: 'day', count: 1 } }],
  [['--every', 'day', '--window', 'slot'], { window: { unit: 'slot' } }],
  [['--time', '06:30'], { cadence: { every: 'week', weekdays: [1], time: '06:30' }, window: { unit: 'week', count: 1 } }],
  [['--on', 'Mon,thursday'], { cadence: { every: 'week', weekdays: [1, 4], time: '08:00' }, window: { unit: 'slot' } }],
  [['--every', 'month'], { cadence: { every: 'month', on: 1, time: '08:00' }, window: { unit: 'month', count: 1 } }],
  [['--every', 'month', '--on', '31'], { cadence: { every: 'month', on: 31, time: '08:00' } }],
  [['--every', 'month', '--on', 'last'], { cadence: { every: 'month', on: 'last', time: '08:00' } }],
  [['--every', 'month', '--on', 'first-monday'], { cadence: { every: 'month', on: { nth: 'first', weekday: 1 }, time: '08:00' } }],
  [['--every', 'month', '--on', 'last-working'], { cadence: { every: 'month', on: { nth: 'last', weekday: 'working' }, time: '08:00' } }],
  [['--cron', '0 8 * * 1'], { cadence: { every: 'cron', expression: '0 8 * * 1' }, window: { unit: 'slot' } }],
  [['--window', 'month:3'], { window: { unit: 'month', count: 3 } }],
  [['--first-weekday', 'saturday'], { first_weekday: 6 }],
  [['--starts', '2026-07-01', '--ends', 'none'], { starts_on: '2026-07-01', ends_on: null }],
  [['--compare', 'none'], { comparison: 'none' }],
  [['--inbox', '1,2', '--agent', '0'], { filter: { team: [3], inbox: [1, 2], agent: [0] } }],
  [['--team', 'all'], { filter: {} }],
  [['--business-hours'], { business_hours: true }],
  [['--no-business-hours'], { business_hours: false }],
  [['--formats', 'csv,zip', 'xlsx'], { formats: ['csv', 'zip', 'xlsx'] }],
  [['--delimiter', 'semicolon'], { csv_delimiter: ';' }],
  [['--delimiter', 'tab'], { csv_delimiter: 'tab' }],
  [['--language', 'ar'], { language: 'ar' }],
  [['--when', 'always'], { condition: { ...weekly.condition, when: 'always' } }],
  [['--no-targets'], { condition: { ...weekly.condition, targets: false } }],
  [['--threshold', 'csat_score:below:80.5'], { condition: { ...weekly.condition, thresholds: [{ metric: 'csat_score', limit: 'below', value: 80.5 }] } }],
  [['--when-incomplete', 'hold', '--patience', '0.5'], { when_incomplete: 'hold', patience_hours: 0.5 }],
  [['--owner', '7'], { owner_id: 7 }],
  [['--owner', 'none'], { owner_id: null }],
  [['--group', '1,2'], { groups: [1, 2] }],
  [['--group', 'none'], { groups: [] }],
  [['--to', 'user:7=own', 'a=b@example.com', 'bo@example.com=team:3+inbox:1,2'], { recipients: [{ user_id: 7, lens: 'own' }, { address: 'a=b@example.com', lens: 'all' }, { address: 'bo@example.com', lens: { team: [3], inbox: [1, 2] } }] }],
])('%j', (args, changed) => {
  const { cadence, window, ...others } = withOptions(args)
  const { cadence: due, window: reported, ...rest } = { ...weekly, ...changed } as Record<string, unknown>
  expect(others).toEqual(rest)
  if ('cadence' in changed || args.length === 0) expect(cadence).toEqual(due)
  if ('window' in changed || args.length === 0) expect(window).toEqual(reported)
}) // prettier-ignore

test('without anything to go by it is Mondays at eight', () => {
  expect(withOptions(['--to', 'a@example.com'], { name: 'New', zone: 'UTC' })).toMatchObject({
    cadence: { every: 'week', weekdays: [1], time: '08:00' },
  })
})

test.each<[string[], string]>([
  [['--on', 'someday'], 'There is no weekday "someday": give sunday, monday'],
  [['--every', 'month', '--on', 'second-monday'], 'is no day of a month. Give 1 to 31, last, first-monday'],
  [['--every', 'month', '--on', '32'], 'cadence.on: must be at most 31'],
  [['--every', 'day', '--on', 'monday'], '--on goes with --every week or --every month'],
  [['--every', 'cron'], '--every cron needs an expression'],
  [['--every', 'week', '--cron', '0 8 * * 1'], '--cron goes with --every cron, not with --every week'],
  [['--cron', '0 8 * * 1', '--time', '09:00'], 'leave --on and --time out'],
  [['--time', '8'], 'cadence.time: must be a time from 00:00 to 23:59'],
  [['--window', 'year'], '--window "year" is none. Give day:7'],
  [['--starts', 'soon'], 'starts_on: must be a date such as 2026-05-04'],
  [['--inbox', 'x'], 'are no ids. Give ids such as 1,2'],
  [['--formats', 'pdf'], 'formats.0: must be one of inline, csv, zip, xlsx'],
  [['--delimiter', 'dot'], 'Give comma, semicolon or tab'],
  [['--patience', '-1'], 'is no number'],
  [['--threshold', 'reply_time>60'], 'is no threshold. Give one such as avg_first_response_time:above:3600'],
  [['--threshold', 'speed:above:60'], 'condition.thresholds.0.metric: must be one of'],
  [['--to', 'ana'], 'is no recipient. Give an address'],
  [['--to', 'user:0'], 'is no recipient'],
  [['--to', 'user:7=mine'], 'is no lens. Give all, own_teams, own'],
])('%j is refused with what to give', (args, message) => {
  expect(() => withOptions(args)).toThrow(Refusal)
  expect(() => withOptions(args)).toThrow(message)
})
