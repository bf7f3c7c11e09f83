import type { Table } from '../../src/reports/tables/tabular.ts'
import type { Zone } from '../../src/time/zone.ts'

const at = (iso: string) => Date.parse(iso) / 1000

/** Berlin around the spring of 2026, when its clocks go forward on 29 March. */
export const berlin = {
  zone: { name: 'Europe/Berlin', starts: [-Infinity, at('2026-03-29T01:00Z')], offsets: [3600, 7200] } satisfies Zone,
  noon: at('2026-03-29T10:00Z'),
}

/** Names that people of a desk may have. */
export const injections = [
  '=HYPERLINK("http://x.example","click")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\ttabbed',
  'two\nlines',
  'two\r\nlines',
  'a "quoted" name',
  'semi;colon, comma',
  "O'Hara",
  'עברית \u202e abc',
  '🦊 fox',
]

/** A table with a column of every unit. */
export const plainTable: Table = {
  name: 'agents',
  title: 'Agents',
  notes: ['2026-03-28 – 2026-03-29 · Europe/Berlin'],
  zone: berlin.zone,
  at: at('2026-03-29T22:00Z'),
  period: { since: at('2026-03-27T23:00Z'), until: at('2026-03-29T22:00Z') },
  constants: [
    { key: 'account_id', title: 'Account', unit: 'id', value: 7 },
    { key: 'period_start', title: 'From', unit: 'instant', value: 0 },
    { key: 'time_zone', title: 'Time zone', unit: 'text', value: 'Europe/Berlin' },
    { key: 'business_hours', title: 'Business hours', unit: 'flag', value: false },
  ],
  columns: [
    { key: 'period_start', title: 'From', unit: 'instant' },
    { key: 'dimension', title: 'Of', unit: 'text', forPrograms: true },
    { key: 'entity_id', title: 'Id', unit: 'id' },
    { key: 'entity_name', title: 'Name', unit: 'text' },
    { key: 'date', title: 'Date', unit: 'date' },
    { key: 'conversations_count', title: 'Conversations', unit: 'count' },
    { key: 'avg_first_response_time_s', title: 'First response time', unit: 'seconds' },
    { key: 'csat_score', title: 'CSAT', unit: 'percent' },
    { key: 'active', title: 'Active', unit: 'flag' },
  ],
  rows: [
    [berlin.noon - 23 * 3600, 'agent', 1, 'Ana', '2026-03-29', 1234, -42.5, 200 / 3, true],
    [berlin.noon, 'agent', 2, 'Ben', null, 0, null, null, false],
  ],
}
