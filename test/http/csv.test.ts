import { describe, expect, test } from 'vitest'
import { chatwootCsv } from '../../src/reports/chatwoot/chatwoot-csv.ts'
import { formulas } from '../digests/corpus.ts'
import { chatwootDuration } from '../../src/reports/chatwoot/duration.ts'

describe('durations in files', () => {
  test.each([
    [null, 'N/A'],
    [0, 'N/A'],
    [0.99, 'N/A'],
    [-5, 'N/A'],
    [1, '1 second'],
    [1.99, '1 second'],
    [56, '56 seconds'],
    [62, '1 minute 2 seconds'],
    [3600, '1 hour'],
    [3601, '1 hour 1 second'],
    [7325, '2 hours 2 minutes'],
    [86399.9, '23 hours 59 minutes'],
    [86401, '1 day 1 second'],
    [345700, '4 days 1 minute'],
    [31_536_000, '365 days'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(chatwootDuration(seconds)).toBe(text)
  })
})

describe('the layout of files', () => {
  const range = { since: 1772427600, until: 1773633600 }

  test('period, two empty lines, headings, rows, a final newline', () => {
    expect(chatwootCsv(range, ['Label', 'No. of conversations'], [['bug', 3]])).toBe(
      'Reporting period 2026-03-02 to 2026-03-16\n\n\nLabel,No. of conversations\nbug,3\n',
    )
  })

  test('without rows the headings stand alone', () => {
    expect(chatwootCsv(range, ['Label'], [])).toBe('Reporting period 2026-03-02 to 2026-03-16\n\n\nLabel\n')
  })

  test.each([
    ["O'Brien", "O'Brien"],
    ['Tom & <b>Jerry</b>', 'Tom & <b>Jerry</b>'],
    ['a, b', '"a, b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['carriage\rreturn', '"carriage\rreturn"'],
    ['=1+1', "'=1+1"],
    ['+Fay', "'+Fay"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['%x', "'%x"],
    ['|calc', "'|calc"],
    ['\tTab', "'\tTab"],
    ['\rCR', '"\'\rCR"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['مرحبا 🎉', 'مرحبا 🎉'],
    ['a=1+1', 'a=1+1'],
    [' spaced', ' spaced'],
    [' =1+1', "' =1+1"],
    ['＝1+1', "'＝1+1"],
  ])('the name %j is written as %j', (name, written) => {
    expect(chatwootCsv(range, ['Agent name', 'n'], [[name, -1]])).toContain(`\n${written},-1\n`)
  })

  test.each(formulas)('%j stays text', (name) => {
    const [, cell = ''] = /\nAgent name\n([^]*)\n$/.exec(chatwootCsv(range, ['Agent name'], [[name]])) ?? []
    expect(cell).toMatch(/^"?'|^"?[^\s=+\-@＝＋－＠"]/)
  })
})
