import { expect, test } from 'vitest'
import * as dates from '../../src/digests/mail/dates.ts'
import * as format from '../../src/digests/mail/format.ts'
import { clip, oneLine, pad, slug, width } from '../../src/digests/mail/names.ts'
import { wordsOf } from '../../src/digests/mail/words/choose.ts'
import { utcOffset } from '../../src/time/local-text.ts'

const english = wordsOf('en')

test('durations show their two largest units', () => {
  const said = [0, 0.2, 45, 59.6, 842, 3599.7, 20_400, 4200, 86_399, 86_400, 190_800].map((seconds) =>
    format.duration(english, seconds),
  )
  expect(said).toEqual(['0s', '<1s', '45s', '1m 00s', '14m 02s', '1h 00m', '5h 40m', '1h 10m', '1d 00h', '1d 00h', '2d 05h'])
  expect([45, 842, 3569, 3590, 20_400].map((seconds) => format.shortDuration(english, seconds))).toEqual([
    '45s',
    '14m',
    '59m',
    '59m 50s',
    '5h 40m',
  ])
})

test('counts are grouped, figures keep their unit, and no data is said as such', () => {
  expect([0, 999, 1204, 1234567].map((value) => format.count(english, value))).toEqual(['0', '999', '1,204', '1,234,567'])
  expect(format.figure(english, 'percent', { value: 91.6667, n: 96 })).toBe('91.7%')
  expect(format.figure(english, 'rating', { value: 4.4, n: 90 })).toBe('4.40')
  expect(format.figure(english, 'seconds', { value: 0, n: 3 })).toBe('0s')
  expect(format.figure(english, 'seconds', { value: null, n: 0 })).toBe('no data')
})

test('ranges of dates say month and year only where they differ', () => {
  const range = (firstDate: string, lastDate: string) => [
    dates.longPeriod(english, 'weekly', { firstDate, lastDate }),
    dates.shortPeriod(english, 'weekly', { firstDate, lastDate }),
  ]
  expect(range('2026-05-04', '2026-05-10')).toEqual(['Mon 4 – Sun 10 May 2026', '4 – 10 May'])
  expect(range('2026-04-27', '2026-05-03')).toEqual(['Mon 27 Apr – Sun 3 May 2026', '27 Apr – 3 May'])
  expect(range('2025-12-29', '2026-01-04')).toEqual(['Mon 29 Dec 2025 – Sun 4 Jan 2026', '29 Dec – 4 Jan'])
})

test('a moment is said on the clock of its zone', () => {
  expect(dates.moment(english, { at: 0, local: '2026-05-11T00:00', offset: 7200 })).toBe('Mon 11 May 00:00')
  expect([0, 7200, -12_600, 20_700].map(utcOffset)).toEqual(['+00:00', '+02:00', '-03:30', '+05:45'])
})

test('a name stays on its line and cannot turn the direction of what follows', () => {
  expect(oneLine('Ana\r\nBcc: x@example.com\t\u0000\u2028end')).toBe('Ana Bcc: x@example.com end')
  expect(oneLine('a\u202egnp.exe\u2066b')).toBe('a gnp.exe b')
  expect(clip('x'.repeat(10_000))).toBe(`${'x'.repeat(47)}…`)
  expect(clip('👩‍👩‍👧‍👦'.repeat(60))).toBe(`${'👩‍👩‍👧‍👦'.repeat(47)}…`)
})

test('columns of a text are counted as a terminal does', () => {
  expect([width('Ana'), width('日本'), width('é'), width('👩‍👩‍👧')]).toEqual([3, 4, 1, 2])
  expect([pad('ab', 4), pad('ab', -4), pad('日本', 5), pad('long', 2)]).toEqual(['ab  ', '  ab', '日本 ', 'long'])
})

test('a file is named in ASCII letters, whatever the account is called', () => {
  expect(slug('Müller & Söhne GmbH', 'account-7')).toBe('muller-sohne-gmbh')
  expect(slug('../../etc/passwd', 'account-7')).toBe('etc-passwd')
  expect(slug('株式会社', 'account-7')).toBe('account-7')
})

test.each([
  ['en', '1,234,567', '91.7%', '4.40', '14m 02s', '5h 40m', '2d 05h', '<1s', '+38', '-1m 52s', '+2.8', '>999%', '12.3 MB'],
  [
    'de',
    '1.234.567',
    '91,7 %',
    '4,40',
    '14 min 02 s',
    '5 h 40 min',
    '2 d 05 h',
    '<1 s',
    '+38',
    '-1 min 52 s',
    '+2,8',
    '>999 %',
    '12,3 MB',
  ],
  [
    'ar',
    '1,234,567',
    '91.7%',
    '4.40',
    '14 د 02 ث',
    '5 س 40 د',
    '2 ي 05 س',
    '<1 ث',
    '+38',
    '-1 د 52 ث',
    '+2.8',
    '>999%',
    '12.3 ميغابايت',
  ],
] as const)('%s writes numbers, times and their changes its own way', (language, ...expected) => {
  const words = wordsOf(language)
  const said = [
    format.count(words, 1_234_567),
    format.figure(words, 'percent', { value: 91.6667 }),
    format.figure(words, 'rating', { value: 4.4 }),
    format.duration(words, 842),
    format.duration(words, 20_400),
    format.duration(words, 190_800),
    format.duration(words, 0.2),
    format.signed(words, 'count', 38),
    format.signed(words, 'seconds', -112),
    format.signed(words, 'percent', 2.8),
    format.percentage(words, 48.3),
    format.fileSize(words, 12.3 * 1024 * 1024),
  ]
  expect(said.map((text) => text.replaceAll('\u00a0', ' ').replaceAll('\u200e', ''))).toEqual(expected)
})

test('what is below 0 keeps its sign, what rounds to 0 has none', () => {
  expect([-5, -1234, -0.4].map((value) => format.count(english, value))).toEqual(['-5', '-1,234', '0'])
  expect([-42, -4000].map((value) => format.duration(english, value))).toEqual(['-42s', '-1h 07m'])
  expect([-0.04, -0.06].map((value) => format.decimal(english, value, 1))).toEqual(['0.0', '-0.1'])
})

test('a limit that somebody has set is said without units that are 0', () => {
  const said = [45, 60, 900, 3600, 5400, 14_400, 86_400, 90_000, 172_800].map((seconds) => format.setDuration(english, seconds))
  expect(said).toEqual(['45s', '1m', '15m', '1h', '1h 30m', '4h', '1d', '1d 01h', '2d'])
})

test.each([
  ['en', 'Mon 4 May 2026', 'Mon 4 – Sun 10 May 2026', 'May 2026', '27 Apr – 3 May', '20 Apr 2026', 'Sun 10 May 21:00–24:00'],
  ['de', 'Mo 4. Mai 2026', 'Mo 4. – So 10. Mai 2026', 'Mai 2026', '27. Apr. – 3. Mai', '20. Apr. 2026', 'So 10. Mai 21:00–24:00'],
  [
    'ar',
    'الاثنين 4 مايو 2026',
    'الاثنين 4 – الأحد 10 مايو 2026',
    'مايو 2026',
    '27 أبريل – 3 مايو',
    '20 أبريل 2026',
    'الأحد 10 مايو 21:00–24:00',
  ],
] as const)('%s writes dates its own way', (language, ...expected) => {
  const words = wordsOf(language)
  const at = (local: string) => ({ at: 0, local, offset: 7200 })
  expect([
    dates.longPeriod(words, 'daily', { firstDate: '2026-05-04', lastDate: '2026-05-04' }),
    dates.longPeriod(words, 'weekly', { firstDate: '2026-05-04', lastDate: '2026-05-10' }),
    dates.longPeriod(words, 'monthly', { firstDate: '2026-05-01', lastDate: '2026-05-31' }),
    dates.shortPeriod(words, 'weekly', { firstDate: '2026-04-27', lastDate: '2026-05-03' }),
    dates.fullDate(words, '2026-04-20'),
    dates.stretch(words, { from: at('2026-05-10T21:00'), until: at('2026-05-11T00:00') }),
  ]).toEqual(expected)
})

test('nouns follow the plural rules of their language: two forms in English and German, up to six in Arabic', () => {
  const agents = (language: 'en' | 'de' | 'ar') =>
    [0, 1, 2, 3, 11, 100, 103].map((n) => wordsOf(language).tables.agents.count(n, String(n)))
  expect(agents('en')).toEqual(['0 agents', '1 agent', '2 agents', '3 agents', '11 agents', '100 agents', '103 agents'])
  expect(agents('de')).toEqual(['0 Agenten', '1 Agent', '2 Agenten', '3 Agenten', '11 Agenten', '100 Agenten', '103 Agenten'])
  expect(agents('ar')).toEqual(['لا وكلاء', 'وكيل واحد', 'وكيلان', '3 وكلاء', '11 وكيلًا', '100 وكيل', '103 وكلاء'])
})
