// The promise: a cron expression means the dates that cron's manual says, and a wrong one is refused with what to change.
import { DateTime } from 'luxon'
import { expect, test } from 'vitest'
import { readCron } from '../../src/digests/schedule/cron.ts'
import { dateOf, dayOf } from '../../src/time/date.ts'

/** The dates of a year on which an expression falls, as the text MM-DD. */
function datesIn(year: number, expression: string): string[] {
  const { fallsOn } = readCron(expression)
  const days = Array.from({ length: dayOf(`${year + 1}-01-01`) - dayOf(`${year}-01-01`) }, (_, i) => dayOf(`${year}-01-01`) + i)
  return days.filter(fallsOn).map((day) => dateOf(day).slice(5))
}

/** The same for a question about luxon's dates. */
function datesWhere(year: number, holds: (date: DateTime) => boolean): string[] {
  const start = DateTime.utc(year)
  return Array.from({ length: start.daysInYear }, (_, i) => start.plus({ days: i }))
    .filter(holds)
    .map((date) => date.toFormat('MM-dd'))
}

test.each<[string, number, (date: DateTime) => boolean]>([
  ['30 8 * * *', 2026, () => true],
  ['30 8 * * MON-FRI', 2026, (date) => date.weekday <= 5],
  ['30 8 * * 1-5', 2026, (date) => date.weekday <= 5],
  ['0 0 * * 7', 2026, (date) => date.weekday === 7],
  ['0 0 * * 0', 2026, (date) => date.weekday === 7],
  ['0 0 * * 5-7', 2026, (date) => date.weekday >= 5],
  ['0 0 * * sun,tue', 2026, (date) => date.weekday === 7 || date.weekday === 2],
  ['0 0 1,15 * *', 2026, (date) => date.day === 1 || date.day === 15],
  ['0 0 1-31/10 * *', 2026, (date) => [1, 11, 21, 31].includes(date.day)],
  ['0 0 */10 * *', 2026, (date) => [1, 11, 21, 31].includes(date.day)],
  ['0 0 1 jan,JUL-sep *', 2026, (date) => date.day === 1 && [1, 7, 8, 9].includes(date.month)],
  ['0 0 1 */3 *', 2026, (date) => date.day === 1 && [1, 4, 7, 10].includes(date.month)],
  ['0 0 L * *', 2028, (date) => date.day === date.daysInMonth],
  ['0 0 15,L 2 *', 2028, (date) => date.month === 2 && (date.day === 15 || date.day === 29)],
  ['0 0 29 2 *', 2028, (date) => date.month === 2 && date.day === 29],
  ['0 0 29 2 *', 2027, () => false],
  // Both days given: either of them will do.
  ['0 0 13 * FRI', 2026, (date) => date.day === 13 || date.weekday === 5],
  ['0 0 L * MON', 2026, (date) => date.day === date.daysInMonth || date.weekday === 1],
  // One that starts with an asterisk: both must hold.
  ['0 0 */2 * MON', 2026, (date) => date.day % 2 === 1 && date.weekday === 1],
  ['0 0 13 * */5', 2026, (date) => date.day === 13 && [5, 7].includes(date.weekday)],
])('%s in %i', (expression, year, holds) => {
  expect(datesIn(year, expression)).toEqual(datesWhere(year, holds))
})

test('the time is that of its minute and its hour', () => {
  expect(readCron('5 17 * * *').time).toBe(17 * 3600 + 5 * 60)
  expect(readCron('  0   0 * * *  ').time).toBe(0)
  expect(readCron('7,7 9-9 * * *').time).toBe(9 * 3600 + 7 * 60)
})

test.each([
  ['', 'five fields'],
  ['0 8 * *', 'five fields'],
  ['0 0 8 * * MON', 'five fields'],
  ['@weekly', 'five fields'],
  ['60 8 * * *', '"60" is no minute. Give 0 to 59'],
  ['0 24 * * *', '"24" is no hour. Give 0 to 23'],
  ['0 8 0 * *', '"0" is no day of the month. Give 1 to 31'],
  ['0 8 32 * *', '"32" is no day of the month'],
  ['0 8 * 13 *', '"13" is no month. Give 1 to 12 or JAN to DEC'],
  ['0 8 * * 8', '"8" is no day of the week. Give 0 to 7 or SUN to SAT'],
  ['0 8 * * MONDAY', '"MONDAY" is no day of the week'],
  ['0 8 * * MON#1', '"MON#1" is no day of the week'],
  ['0 8 * * 5L', '"5L" is no day of the week'],
  ['0 8 ? * MON', '"?" is no day of the month'],
  ['0 8 1, * *', '"" is no day of the month'],
  ['0 8 1--3 * *', '"1--3" is no day of the month'],
  ['0 8 -1 * *', '"-1" is no day of the month'],
  ['0 8 1.5 * *', '"1.5" is no day of the month'],
  ['0 8 0x1 * *', '"0X1" is no day of the month'],
  ['0 8 5-1 * *', 'write two of them, 5-31,1-1'],
  ['0 8 * * FRI-MON', 'write two of them, FRI-7,0-MON'],
  ['0 8 3/5 * *', 'Write 3-31/5 instead of 3/5'],
  ['0 8 */0 * *', 'The step of */0 must be a number from 1 to 31'],
  ['0 8 */99 * *', 'The step of */99 must be'],
  ['0 8 */X * *', 'The step of */X must be'],
  ['* 8 * * *', 'The minute "*" makes the digest due more than once on a date'],
  ['0 9,17 * * *', 'The hour "9,17" makes the digest due more than once on a date'],
  ['0 */4 * * *', 'The hour "*/4" makes'],
  [`0 8 ${'1,'.repeat(60)}1 * *`, 'at most 100 characters'],
])('%j is refused', (expression, message) => {
  expect(() => readCron(expression)).toThrow(message)
})
