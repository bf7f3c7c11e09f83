import { expect, test } from 'vitest'
import * as dates from '../../src/digests/dates.ts'
import * as format from '../../src/digests/format.ts'
import { clip, oneLine, pad, slug, width } from '../../src/digests/names.ts'
import { wordsOf } from '../../src/digests/words/choose.ts'
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
