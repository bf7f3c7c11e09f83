import { Command } from 'commander'
import { expect, test } from 'vitest'
import * as options from '../../src/cli/report-options.ts'
import { tableText } from '../../src/cli/report-table.ts'
import { berlin, injections, plainTable } from '../reports/tables.ts'

test('columns are aligned, durations readable, and what is missing is "no data"', () => {
  expect(tableText({ ...plainTable, total: [null, '', 7, 'Account total', null, 1234, 9000, 0, null] }).split('\n')).toEqual([
    'Agents',
    '2026-03-28 – 2026-03-29 · Europe/Berlin',
    '',
    'From                       Name           Date        Conversations  First response time     CSAT  Active  Id',
    '2026-03-28T12:00:00+01:00  Ana            2026-03-29           1234                -43 s    66.7%  yes      1',
    '2026-03-29T12:00:00+02:00  Ben            -                       0              no data  no data  no       2',
    '-                          Account total  -                    1234           2 h 30 min     0.0%  -        7',
  ])
}) // prettier-ignore

test('no name breaks a line, moves the cursor, turns the direction of text or shifts a column', () => {
  const names = [...injections, '\u001b[2Jcleared', '日本語', 'e\u0301', 'x'.repeat(500)]
  const rows = names.map((name) => [berlin.noon, 'agent', 1, name, null, 0, 60, null, true])
  const lines = tableText({ ...plainTable, rows }).split('\n')
  expect(lines).toHaveLength(4 + names.length)
  expect(lines.join('')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
  expect(new Set(lines.slice(4).map((line) => line.slice(line.indexOf('no data')))).size).toBe(1)
})

function parsed(group: options.OptionGroup, ...args: string[]) {
  const command = group(new Command().exitOverride().configureOutput({ writeErr: () => {} }))
  return options.givenFrom(command.parse(args, { from: 'user' }).opts(), 1_000.9)
}

test('options become what reports are asked with', () => {
  const all: options.OptionGroup = (command) => options.sorting(options.comparison(options.filter(options.range(command))))
  expect(
    parsed(all, '--since', '-7d', '--tz', 'Europe/Berlin', '--inbox-ids', '1, 2', '--compare', '--sort', '-reply_time'),
  ).toMatchObject({
    since: '-7d',
    until: '1000',
    timezone: 'Europe/Berlin',
    business_hours: 'false',
    inbox_ids: ['1', '2'],
    compare: 'previous',
    sort: '-reply_time',
  })
})

test.each<[options.OptionGroup, string[]]>([
  [options.range, []],
  [options.filter, ['--inbox-ids', '1,x']],
  [options.filter, ['--agent-ids', '']],
  [options.filter, ['--team-ids', Array.from({ length: 101 }, (_, i) => i).join(',')]],
  [options.figures, ['--target', '-1']],
  [options.figures, ['--stat', 'max']],
  [options.comparison, ['--compare', 'never']],
  [options.grouping, ['--group-by', 'decade']],
  [options.sorting, ['--sort', 'nope']],
  [options.groupedBy, []],
  [options.recordPage, ['--metric', 'resolutions_count', '--per-page', '101']],
  [options.recordPage, ['--metric', 'tagged_resolutions_count']],
  [options.subject, ['--id', '1.5']],
])('%o refuses %j', (group, args) => {
  expect(() => parsed(group, ...args)).toThrow(/required|invalid|argument|Allowed/i)
})
